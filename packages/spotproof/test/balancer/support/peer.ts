import { connect, type Socket } from 'node:net';

/** One end of a TCP connection, held by a test: sends exact bytes, waits for facts. */
export class Peer {
  readonly socket: Socket;
  /** Everything received, one latin1 character an octet. */
  received = '';
  ending: 'fin' | 'rst' | undefined;
  #isClosed = false;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#note(() => (this.received += chunk.toString('latin1'))));
    socket.on('end', () => this.#note(() => (this.ending ??= 'fin')));
    socket.on('error', () => this.#note(() => (this.ending ??= 'rst')));
    socket.on('close', () => {
      this.#isClosed = true;
      this.#note(() => (this.ending ??= 'fin'));
    });
  }

  static to(port: number, host = '127.0.0.1'): Peer {
    return new Peer(connect({ port, host, allowHalfOpen: true }));
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Waits until `isTrue`; fails with what came instead. */
  async until(what: string, isTrue: () => boolean, limitMs = 10_000): Promise<void> {
    if (isTrue()) return;
    if (this.#isClosed) throw new Error(`closed before ${what}; got ${JSON.stringify(this.received.slice(-500))}`);
    await new Promise<void>((resolve, reject) => {
      const giveUp = (why: string): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        reject(new Error(`${why} waiting for ${what}; connection ${this.ending ?? 'open'}, got ${JSON.stringify(this.received.slice(-500))}`));
      };
      const check = (): void => {
        if (isTrue()) {
          clearTimeout(timer);
          this.#waiting.delete(check);
          resolve();
        } else if (this.#isClosed) {
          giveUp('closed while');
        }
      };
      const timer = setTimeout(() => giveUp(`${limitMs} ms went by`), limitMs);
      // A test on a clock of its own cannot clear what was set on the real one: that must not keep the process.
      timer.unref();
      this.#waiting.add(check);
    });
  }

  async receives(text: string, limitMs?: number): Promise<void> {
    await this.until(JSON.stringify(text), () => this.received.includes(text), limitMs);
  }

  async ends(limitMs?: number): Promise<'fin' | 'rst'> {
    await this.until('the end of the connection', () => this.ending !== undefined, limitMs);
    return this.ending ?? 'fin';
  }

  /** Forgets what came so far. */
  clear(): void {
    this.received = '';
  }

  /** The first line of what came. */
  get statusLine(): string {
    return this.received.slice(0, this.received.indexOf('\r\n'));
  }

  get body(): string {
    return this.received.slice(this.received.indexOf('\r\n\r\n') + 4);
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  #note(change: () => void): void {
    change();
    for (const check of this.#waiting) check();
  }
}

/** The value of a header in a head, whatever the case of its name; undefined when absent. */
export function header(head: string, name: string): string | undefined {
  const line = head.split('\r\n').find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim();
}
