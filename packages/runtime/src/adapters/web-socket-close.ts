/** What is used of a `WebSocket` of the package `ws`. */
export interface ClosableWebSocket {
  readonly readyState: number;
  /** Octets that wait to be handed to the system. */
  readonly bufferedAmount: number;
  close(code?: number, reason?: string | Buffer): void;
  terminate(): void;
  once(event: 'close', listener: () => void): unknown;
}

/**
 * Says goodbye with this code. A client answers within a round trip; one that does not is gone, and waiting for it would hold up the drain. One that
 * still has to take what was sent before gets all the time there is.
 */
export function closeWebSocket(socket: ClosableWebSocket, code: number, reason: string): void {
  if (socket.readyState !== OPEN) return;
  socket.close(code, reason);
  const timer = setTimeout(() => {
    if (socket.bufferedAmount === 0) socket.terminate();
  }, LONGEST_GOODBYE_MS);
  socket.once('close', () => clearTimeout(timer));
}

const OPEN = 1;
const LONGEST_GOODBYE_MS = 3_000;
