import type { ClaimStore } from '../store.ts';
import { claimOf, setClaim } from './claim-of.ts';
import { beginFetch, finishFetch, toResponse } from './fetch/exchange.ts';
import { HttpGuard } from './guard.ts';
import type { HttpIdempotencyOptions } from './options.ts';

export { claimOf };
export type { HttpIdempotencyOptions } from './options.ts';

/** The part of Hono's context that is used. */
export interface HonoContext {
  readonly req: {
    readonly raw: Request;
    text(): Promise<string>;
    /** What of the body was read. */
    readonly bodyCache: { readonly formData?: unknown };
  };
  res: Response | undefined;
}

/**
 * A handler of the Fetch API, run once for each `Idempotency-Key`: for Bun, Deno, srvx, h3 and whatever else calls a function of a Request. When the handler
 * throws, the key is free again and the error goes on.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * const fetch = idempotentFetch(store, { scope: (request) => accountOf(request) }, handler);
 */
export function idempotentFetch<Rest extends readonly unknown[]>(
  store: ClaimStore,
  options: HttpIdempotencyOptions<Request>,
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const guard = new HttpGuard(store, options);
  return async (request, ...rest) => {
    const begun = await beginFetch(guard, request, request);
    if (begun.kind === 'answer') return toResponse(begun.answer);
    if (begun.kind === 'pass') return handler(request, ...rest);
    setClaim(request, begun.run.claim);
    try {
      return await finishFetch(begun.run, await handler(request, ...rest), guard.settings.maxBodyBytes);
    } catch (error) {
      await begun.run.fail(error);
      throw error;
    }
  };
}

/**
 * Middleware of Hono: requests with an `Idempotency-Key`, done once. To be used behind what authenticates, for `scope` asks who it is.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * app.use('/orders', idempotentHono<Context<Env>>(store, { scope: (c) => c.get('accountId') }));
 */
export function idempotentHono<Context extends HonoContext>(
  store: ClaimStore,
  options: HttpIdempotencyOptions<Context>,
): (context: Context, next: () => Promise<void>) => Promise<Response | undefined> {
  const guard = new HttpGuard(store, options);
  return async (context, next) => {
    const { req } = context;
    // Hono keeps what was read. A form has no one text: its boundary would be another each time.
    const begun = await beginFetch(guard, context, req.raw, () => (req.bodyCache.formData === undefined ? req.text() : undefined));
    if (begun.kind === 'answer') return toResponse(begun.answer);
    if (begun.kind === 'run') setClaim(context, begun.run.claim);
    try {
      await next();
    } catch (error) {
      if (begun.kind === 'run') await begun.run.fail(error);
      throw error;
    }
    if (begun.kind === 'pass' || context.res === undefined) return undefined;
    const response = await finishFetch(begun.run, context.res, guard.settings.maxBodyBytes);
    // Hono adds the headers of the response before to those of the one after, unless there is none before.
    context.res = undefined;
    context.res = response;
    return undefined;
  };
}
