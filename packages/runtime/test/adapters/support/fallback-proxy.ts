import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Forwards each connection to the first of these ports that takes it: a balancer that notices at once who is gone. */
export class FallbackProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(ports: readonly number[]): Promise<FallbackProxy> {
    const server = createServer({ allowHalfOpen: true });
    const proxy = new FallbackProxy(server);
    server.on('connection', (client) => proxy.#forward(client, ports));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #forward(client: Socket, [port, ...others]: readonly number[]): void {
    this.#keep(client);
    if (port === undefined) {
      client.destroy();
      return;
    }
    const target = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.#keep(target);
    target.once('error', () => {
      if (target.bytesRead === 0 && target.bytesWritten === 0) this.#forward(client, others);
      else client.destroy();
    });
    target.once('connect', () => {
      client.pipe(target).pipe(client);
    });
  }

  #keep(socket: Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
