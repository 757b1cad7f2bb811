import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type NetConnectOpts, type Socket } from 'node:net';

export interface RoundTrips extends AsyncDisposable {
  /** Of 127.0.0.1: where the client under test connects. */
  readonly port: number;
  /** How often the client has spoken and was answered or has yet to be, of all its connections together. */
  count(): number;
  /** How many it took for this. One call at a time: those that overlap on one connection look like fewer. */
  during<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly roundTrips: number }>;
}

/**
 * Stands between a client and its server and counts how often the one waits for the other: whatever the client sends until the server has answered is one
 * round trip, in however many packets. A handshake is counted too, so make the connection first and count afterwards.
 */
export async function countRoundTrips(server: NetConnectOpts): Promise<RoundTrips> {
  const sockets = new Set<Socket>();
  let roundTrips = 0;
  const listener = createServer((client) => {
    const upstream = connect(server);
    let answered = true;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => sockets.delete(socket));
      // What broke on one side is told to the other by its end.
      socket.on('error', () => {});
    }
    client.on('data', (chunk) => {
      if (answered) roundTrips += 1;
      answered = false;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      answered = true;
      client.write(chunk);
    });
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  // Of a listener on TCP it is an object.
  const { port } = listener.address() as AddressInfo;
  return {
    port,
    count: () => roundTrips,
    async during(work) {
      const before = roundTrips;
      const value = await work();
      return { value, roundTrips: roundTrips - before };
    },
    async [Symbol.asyncDispose]() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
