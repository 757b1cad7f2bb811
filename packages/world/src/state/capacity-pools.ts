import type { CapacityProvider } from '../spec/strategy.ts';

/**
 * How many more tasks each provider has room for in each zone. Fargate capacity is managed by zone and cannot be seen (re:Post Knowledge Center,
 * "Capacity is unavailable at this time": try other zones); nothing flows from one pool to another.
 */
export class CapacityPools {
  readonly #left = new Map<string, number>();

  set(provider: CapacityProvider, zone: string, launches: number | undefined): void {
    if (launches === undefined) this.#left.delete(key(provider, zone));
    else this.#left.set(key(provider, zone), launches);
  }

  hasRoom(provider: CapacityProvider, zone: string): boolean {
    return this.#left.size === 0 || this.#left.get(key(provider, zone)) !== 0;
  }

  /** One task was launched there. */
  take(provider: CapacityProvider, zone: string): void {
    if (this.#left.size === 0) return;
    const left = this.#left.get(key(provider, zone));
    if (left !== undefined && left > 0) this.#left.set(key(provider, zone), left - 1);
  }
}

function key(provider: CapacityProvider, zone: string): string {
  return `${provider} ${zone}`;
}
