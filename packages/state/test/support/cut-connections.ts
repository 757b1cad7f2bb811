import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type NetConnectOpts, type Socket } from 'node:net';

export interface Cuts extends AsyncDisposable {
  /** Of 127.0.0.1: where the client under test connects. */
  readonly port: number;
  /**
   * Breaks the connection on which the client next sends something with this text in it. `unsent`: the server never gets it. `unanswered`: the server does it,
   * and the client never hears.
   */
  cut(what: 'unsent' | 'unanswered', containing?: string): void;
  /** How many it broke. */
  readonly count: number;
}

/** Stands between a client and its server and breaks connections where it hurts. */
export async function cutConnections(server: NetConnectOpts): Promise<Cuts> {
  const sockets = new Set<Socket>();
  let plan: { readonly what: 'unsent' | 'unanswered'; readonly containing: string } | undefined;
  let count = 0;
  const listener = createServer((client) => {
    const upstream = connect(server);
    let isDoomed = false;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => {
        sockets.delete(socket);
        end();
      });
      // What broke on one side is told to the other by its end.
      socket.on('error', () => {});
    }
    client.on('data', (chunk) => {
      if (plan !== undefined && chunk.includes(plan.containing)) {
        const { what } = plan;
        plan = undefined;
        count += 1;
        if (what === 'unsent') return end();
        isDoomed = true;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (isDoomed) end();
      else client.write(chunk);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    // Of a listener on TCP it is an object.
    port: (listener.address() as AddressInfo).port,
    cut: (what, containing = '') => {
      plan = { what, containing };
    },
    get count() {
      return count;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
