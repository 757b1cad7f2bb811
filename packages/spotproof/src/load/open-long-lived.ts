import { SpotproofError } from '@spotproof/core';
import { EventStreamConnection } from './event-stream-connection.ts';
import type { LongLivedConnection, LongLivedOptions } from './long-lived.ts';
import { WebSocketConnection } from './web-socket-connection.ts';

/** Opens the connection that the kind of this exchange asks for. */
export function openLongLived(options: LongLivedOptions): LongLivedConnection {
  const { exchange } = options;
  const { websocket, eventStream, headers } = exchange.kind.spec;
  const withId = { 'user-agent': 'spotproof-lab', ...headers, 'x-spotproof-request': exchange.id };
  if (websocket !== undefined) {
    exchange.protocol = 'websocket';
    return new WebSocketConnection({ ...options, spec: websocket, headers: withId });
  }
  if (eventStream !== undefined) {
    exchange.protocol = 'event-stream';
    return new EventStreamConnection({ ...options, spec: eventStream, headers: withId });
  }
  throw new SpotproofError('SPOTPROOF_INTERNAL', `Request ${exchange.id} was opened as a connection that stays open, and its kind is none.`);
}
