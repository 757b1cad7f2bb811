import type { ServerResponse } from 'node:http';
import type { ClaimStore } from '../store.ts';
import { HttpGuard } from './guard.ts';
import { serveOnce, type NodeRequest, type Served } from './node/serve-once.ts';
import type { HttpIdempotencyOptions } from './options.ts';

export { claimOf } from './claim-of.ts';
export type { HttpIdempotencyOptions } from './options.ts';

/**
 * Middleware of Express 4 and 5, and of Connect: requests with an `Idempotency-Key`, done once. To be mounted behind what authenticates, for `scope` asks
 * who it is, and before the parser of the body; behind it the parsed body is compared instead of what was sent, and the parser's limit counts.
 *
 * A replay reaches no handler behind this one.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * app.post('/orders', idempotentExpress(store, { scope: (request) => request.user.accountId }), express.json(), createOrder);
 */
export function idempotentExpress<Request extends NodeRequest>(
  store: ClaimStore,
  options: HttpIdempotencyOptions<Request>,
): (request: Request, response: ServerResponse, next: (error?: unknown) => void) => Promise<void> {
  const guard = new HttpGuard(store, options);
  return async (request, response, next) => {
    let served: Served;
    try {
      served = await serveOnce(guard, request, response);
    } catch (error) {
      next(error);
      return;
    }
    if (served.kind !== 'answered') next();
  };
}
