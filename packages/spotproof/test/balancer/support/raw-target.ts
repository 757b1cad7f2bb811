import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { TestContext } from 'node:test';
import type { TargetAddress } from '../../../src/balancer/protocol.ts';
import { Peer } from './peer.ts';

/** A target that does with each connection what the test says, byte for byte. */
export interface RawTarget {
  readonly address: TargetAddress;
  /** In order of arrival. */
  readonly connections: readonly Peer[];
  readonly server: Server;
  /** Waits for the connection with this index. */
  connection(index: number): Promise<Peer>;
}

/** @param serve Runs for each connection; what it throws fails the test. */
export async function startTarget(t: TestContext, serve: (peer: Peer, index: number) => void | Promise<void>, id = 'target'): Promise<RawTarget> {
  const connections: Peer[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const peer = new Peer(socket);
    connections.push(peer);
    Promise.resolve(serve(peer, connections.length - 1)).catch((error: unknown) => {
      // A connection that is cut while the script waits for more is how many of these tests end.
      if (peer.ending === undefined && !socket.destroyed) t.diagnostic(`target script: ${String(error)}`);
    });
    server.emit('served');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const { socket } of connections) socket.destroy();
    server.close();
  });
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  const connection = async (index: number): Promise<Peer> => {
    for (;;) {
      const peer = connections[index];
      if (peer !== undefined) return peer;
      await once(server, 'served', { signal: AbortSignal.timeout(10_000) });
    }
  };
  return { address: { id, host: '127.0.0.1', port }, connections, server, connection };
}

/** Answers each request that has no body, on each connection, with these bytes. */
export function answering(response: string): (peer: Peer) => Promise<void> {
  return async (peer) => {
    while (peer.ending === undefined) {
      await peer.until('a request', () => peer.received.includes('\r\n\r\n') || peer.ending !== undefined, 60_000);
      if (peer.ending !== undefined) return;
      peer.clear();
      peer.send(response);
    }
  };
}

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
