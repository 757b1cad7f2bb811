import type { Durability, StoreCapabilities } from '../store.ts';

/** @param found By `check()`, or by whoever made the store; undefined as long as nobody knows. */
export function declaredDurability(
  found: Durability | undefined,
  assumed: Durability,
): Pick<StoreCapabilities, 'durability' | 'isDurabilityAssumed'> {
  return { durability: found ?? assumed, isDurabilityAssumed: found === undefined };
}
