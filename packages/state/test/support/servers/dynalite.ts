import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import dynalite from 'dynalite';

/** What DynamoDB does, as far as dynalite knows it: no transactions, no TTL, and no item with a refused condition. In the memory of this process. */
export class Dynalite implements AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<Dynalite> {
    const database = dynalite({ createTableMs: 0 });
    const server = createServer((request, response) => database.emit('request', request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No port was given');
    return new Dynalite(server, address.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
