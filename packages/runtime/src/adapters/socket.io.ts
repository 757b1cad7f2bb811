import type { Protection } from '../protection.ts';
import { readCloseOptions, type CloseOptions } from './close-code.ts';
import { Spread } from '../life/spread.ts';
import { closeWebSocket, type ClosableWebSocket } from './web-socket-close.ts';

export type { CloseOptions };
export type { DrainCloseCode } from './close-code.ts';

/** What is used of a `Server` of the package `socket.io`. */
export interface ClosableSocketIoServer {
  readonly engine: {
    on(event: 'connection', listener: (connection: SocketIoConnection) => void): unknown;
  };
}

/** What is used of the connection below one or several Socket.IO sockets. */
export interface SocketIoConnection {
  readonly transport: { readonly name: string };
  close(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * Has every client of this server come back elsewhere when lingering ends, not all at the same instant. They see a lost transport, after which they reconnect
 * by themselves; `io.close()` and `disconnect()` would tell them not to, and `io.close()` would close the HTTP server under requests in flight.
 *
 * Call it before the first client connects, and protect the HTTP server below as well.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * const life = protect(server);
 * protectSocketIo(new Server(server), life);
 */
export function protectSocketIo(io: ClosableSocketIoServer, life: Pick<Protection, 'events' | 'phase' | 'stop'>, options: CloseOptions = {}): void {
  const { code, reason } = readCloseOptions(options);
  const close = (connection: SocketIoConnection): void => {
    const socket = webSocketOf(connection);
    if (socket === undefined) connection.close();
    else closeWebSocket(socket, code, reason);
  };
  const open = new Set<SocketIoConnection>();
  const spread = new Spread<SocketIoConnection>({ life, spreadMs: options.spreadMs, open: () => open, end: close, endNow: close });
  io.engine.on('connection', (connection) => {
    open.add(connection);
    connection.once('close', () => open.delete(connection));
    spread.joined(connection);
  });
}

/** Its own `close()` sends no code. Long polling, and engines that bring a WebSocket of their own, have none that could. */
function webSocketOf(connection: SocketIoConnection): ClosableWebSocket | undefined {
  const { transport } = connection;
  if (transport.name !== 'websocket' || !('socket' in transport)) return undefined;
  return isWebSocket(transport.socket) ? transport.socket : undefined;
}

/** Has the features of one of the package `ws`. */
function isWebSocket(value: unknown): value is ClosableWebSocket {
  return typeof value === 'object' && value !== null && 'terminate' in value && 'bufferedAmount' in value;
}
