import { connect, type Socket } from 'node:net';
import { createResponseFramer, type ResponseFramer, type ResponseHead } from '@spotproof/core/http1';

/** Whoever waits for a response of the program. Called in wire order. */
export interface ResponseReceiver {
  onResponseHead(head: ResponseHead): void;
  onInterim(head: ResponseHead): void;
  onResponseBody(bytes: Uint8Array): void;
  onResponseEnd(): void;
  onTunnelData(bytes: Uint8Array): void;
  onTunnelEnd(): void;
  /** The program takes more again. */
  onProgramDrain(): void;
  /** The connection can answer nothing more. Not called in a state of rest. */
  onProgramLost(): void;
}

/** One connection to the program; belongs to one client connection, and carries its requests one after the other. */
export class ProgramConnection {
  readonly #socket: Socket;
  readonly #framer: ResponseFramer;
  readonly #receiver: ResponseReceiver;
  readonly #now: () => number;
  #isTunnel = false;
  #isOver = false;
  #keepAlive = false;
  #restingSince: number | undefined;

  constructor(options: { readonly host: string; readonly port: number; readonly receiver: ResponseReceiver; readonly now: () => number }) {
    const { receiver } = options;
    this.#receiver = receiver;
    this.#now = options.now;
    this.#framer = createResponseFramer({
      onHead: (head) => {
        this.#keepAlive = head.keepAlive;
        this.#isTunnel = head.framing === 'tunnel';
        receiver.onResponseHead(head);
      },
      onInterim: (head) => receiver.onInterim(head),
      onBody: (bytes) => receiver.onResponseBody(bytes),
      onMessageEnd: () => receiver.onResponseEnd(),
      onError: () => this.#lose(),
    });
    this.#socket = connect({ host: options.host, port: options.port, noDelay: true, allowHalfOpen: true });
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#socket.on('end', () => this.#onEnd());
    this.#socket.on('drain', () => receiver.onProgramDrain());
    this.#socket.on('error', () => this.#lose());
    this.#socket.on('close', () => this.#lose());
  }

  /** Announces a request; its octets follow by {@link write}. */
  expect(method: string): void {
    this.#restingSince = undefined;
    this.#framer.expect(method);
  }

  /** False when the program takes no more for now. */
  write(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  /** The client will send nothing more through the tunnel. */
  end(): void {
    this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The request is over. */
  rest(): void {
    this.#restingSince = this.#now();
  }

  /**
   * True when the next request may go on this connection. Only for a short rest: a program closes its idle connections without a word after a time of
   * its own (2 s in gunicorn, 5 s in Node and uvicorn), and a request that crosses with the close is lost. A new connection on loopback costs far less.
   */
  get isReusable(): boolean {
    return (
      !this.#isOver &&
      this.#keepAlive &&
      this.#framer.state === 'idle' &&
      this.#restingSince !== undefined &&
      this.#now() - this.#restingSince < LONGEST_REST_MS
    );
  }

  /** The program said, or did, that nothing more comes on this connection after the response that has ended. */
  get isSpent(): boolean {
    return this.#isOver || !this.#keepAlive;
  }

  destroy(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#isTunnel) {
      this.#receiver.onTunnelData(chunk);
      return;
    }
    const consumed = this.#framer.push(chunk);
    if (this.#isTunnel && consumed < chunk.length) this.#receiver.onTunnelData(chunk.subarray(consumed));
  }

  #onEnd(): void {
    if (this.#isOver) return;
    if (this.#isTunnel) {
      this.#receiver.onTunnelEnd();
      return;
    }
    this.#framer.end();
    this.#lose();
  }

  #lose(): void {
    if (this.#isOver) return;
    this.destroy();
    if (this.#restingSince === undefined) this.#receiver.onProgramLost();
  }
}

export const LONGEST_REST_MS = 1_000;
