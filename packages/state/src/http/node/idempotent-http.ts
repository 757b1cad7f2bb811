import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSpotproofError } from '@spotproof/core';
import type { ClaimStore } from '../../store.ts';
import { HttpGuard } from '../guard.ts';
import type { HttpIdempotencyOptions } from '../options.ts';
import { sendAnswer } from './held-response.ts';
import { serveOnce, type Served } from './serve-once.ts';

export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface HttpIdempotency {
  /**
   * The same handler, run once for each key. It reads its request and writes its response as ever. When it throws, the key is free again, the client is
   * answered with 500 if nothing was written, and the error goes on.
   */
  node(handler: NodeHandler): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * Requests with an `Idempotency-Key`, done once, for servers of `node:http`: by the IETF draft "The Idempotency-Key HTTP Header Field"
 * (draft-ietf-httpapi-idempotency-key-header-07).
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * const idempotent = idempotentHttp(store, { scope: (request) => accountOf(request) });
 * createServer(idempotent.node(handler)).listen(8080);
 */
export function idempotentHttp(store: ClaimStore, options: HttpIdempotencyOptions<IncomingMessage>): HttpIdempotency {
  const guard = new HttpGuard(store, options);
  return {
    node: (handler) => async (request, response) => {
      const served = await begun(guard, request, response);
      if (served.kind === 'answered') return;
      if (served.kind === 'pass') return void (await handler(request, response));
      try {
        await handler(request, response);
        // Its client is gone, and it has noticed.
        if (response.closed && !served.response.hasEnded) await served.run.fail(new Error('The handler ended without a response.'));
      } catch (error) {
        const nothingWritten = !served.response.hasBegun;
        await served.run.fail(error);
        if (nothingWritten) sendAnswer(response, served.run.failure);
        else if (!served.response.hasEnded) response.destroy();
        throw error;
      }
    },
  };
}

/** Without a framework an error that goes on ends the process: not one that any client can bring about by leaving out who it is. */
async function begun(guard: HttpGuard<IncomingMessage>, request: IncomingMessage, response: ServerResponse): Promise<Served> {
  try {
    return await serveOnce(guard, request, response);
  } catch (error) {
    // That the store may lose what it answered is no client's doing.
    if (isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && error.details['durability'] === undefined) {
      sendAnswer(response, guard.problem('idempotency-scope-missing', { detail: error.message }));
      return { kind: 'answered' };
    }
    sendAnswer(response, guard.problem('idempotency-handler-failed'));
    throw error;
  }
}
