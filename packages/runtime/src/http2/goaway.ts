import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';

/**
 * Asks the client to open no more streams here, and goes on serving those that it opens all the same: the first of HTTP/2's two GOAWAY frames
 * (RFC 9113, 6.8).
 *
 * The frame is written to the connection beside the session, since `session.goaway(0, 2 ** 31 - 1)` sends the same frame and then drops each new
 * stream without an answer (Node 20 to 24): the very requests that this frame promises to serve. A session writes whole frames, so ours cannot come
 * between the parts of another. Over TLS this cannot be done: the TLS layer of Node takes one write at a time and ends the process at a second one.
 * There the client hears of the drain with the second frame only.
 *
 * @returns False when it cannot be said on this connection.
 */
export function askToLeave(session: Http2Session, socket: Socket): boolean {
  if (session.encrypted === true) return false;
  // The first frame of a server must be its settings; a client that has acknowledged them has read them.
  if (session.pendingSettingsAck) session.once('localSettings', () => write(session, socket));
  else write(session, socket);
  return true;
}

/** Says which streams were the last, takes no more, and ends the connection after them: the second GOAWAY. */
export function endAfterOpenStreams(session: Http2Session): void {
  if (!session.closed && !session.destroyed) session.close();
}

function write(session: Http2Session, socket: Socket): void {
  if (!session.closed && !session.destroyed && socket.writable) socket.write(SHUTDOWN_NOTICE);
}

/** GOAWAY, stream 0, the highest stream id there is, NO_ERROR. */
const SHUTDOWN_NOTICE = Buffer.from('0000080700000000007fffffff00000000', 'hex');
