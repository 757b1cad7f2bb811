import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from './connection.ts';
import { hasBody } from './request-facts.ts';

/**
 * Makes Node answer with `Connection: close`, so that the balancer opens its next connection elsewhere. Decided when the head is written, not
 * now, since two cases must keep the connection:
 * - Another request came behind this one: Node would run its handler and throw its answer away. Only the last one closes.
 * - The request's body is still coming (an early 413, say): closing with unread bytes resets the connection under the answer.
 */
export function closeAfter(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) return;
  const body = hasBody(request);
  let wanted = response.shouldKeepAlive;
  Object.defineProperty(response, 'shouldKeepAlive', {
    configurable: true,
    enumerable: true,
    get: () => wanted && ((connection.last !== undefined && connection.last !== response) || (body && !request.complete)),
    set(value: boolean) {
      wanted = value;
    },
  });
}
