import type { Claim } from '../claim/claim.ts';

/**
 * The claim of the request that is being handled: its `effectKey()` for calls to other systems, its `signal`. Undefined where the request is not guarded.
 *
 * @param request What the handler was given: the request, or Hono's context.
 */
export function claimOf(request: object): Claim | undefined {
  return claims.get(request);
}

export function setClaim(request: object, claim: Claim): void {
  claims.set(request, claim);
}

const claims = new WeakMap<object, Claim>();
