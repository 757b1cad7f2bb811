import { connect, type Socket } from 'node:net';
import { LookAgain } from './look-again.ts';

/** A client that sends the bytes it is told to and keeps what comes back. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly closed: Promise<'fin' | 'reset'>;
  #received = '';
  readonly #facts = new LookAgain();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => {
      this.#received += data;
      this.#facts.changed();
    });
    this.closed = new Promise((resolve) => {
      socket.on('error', () => resolve('reset'));
      socket.on('end', () => resolve('fin'));
      socket.on('close', () => {
        resolve('fin');
        this.#facts.changed();
      });
    });
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket);
  }

  get received(): string {
    return this.#received;
  }

  send(text: string): void {
    this.socket.write(text);
  }

  request(path: string, headers: Readonly<Record<string, string>> = {}): void {
    this.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n${lines(headers)}\r\n`);
  }

  /** What was received, once it matches. */
  async until(pattern: RegExp, withinMs = 40_000): Promise<string> {
    return await this.#facts.until({
      find: () => (pattern.test(this.#received) ? this.#received : undefined),
      what: String(pattern),
      isOver: () => this.socket.destroyed,
      transcript: () => JSON.stringify(this.#received),
      withinMs,
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** One request on a connection of its own; the whole answer as text. */
export async function ask(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  using client = await RawClient.connect(port);
  client.request(path, { Connection: 'close', ...headers });
  await client.closed;
  return client.received;
}

/** Whether nobody listens there. */
export async function isRefused(port: number): Promise<boolean> {
  try {
    using client = await RawClient.connect(port);
    return client.socket.destroyed;
  } catch {
    return true;
  }
}

function lines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
