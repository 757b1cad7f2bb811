import { connect, type Socket } from 'node:net';
import { epochNow } from '../../epoch.ts';
import type { TargetAddress } from '../protocol.ts';
import type { FlowEnd } from './flow-record.ts';

export interface FlowOptions {
  /** From the client, half-open allowed. */
  readonly client: Socket;
  readonly target: TargetAddress;
  readonly localAddress: string | undefined;
  readonly connectTimeoutMs: number;
  /** What the target gets before the bytes of the client. */
  readonly preamble: Uint8Array | undefined;
  /** Called once; what is still open of it then closes by itself. */
  readonly onOver: (end: FlowEnd) => void;
  readonly onLocalFailure: (error: NodeJS.ErrnoException) => void;
}

/** One client's connection joined with one to its target. Bytes, FIN and RST of either side reach the other as they are. */
export class Flow {
  /** Epoch milliseconds of the last byte, either way. */
  lastActiveAt = epochNow();
  readonly #options: FlowOptions;
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #connectTimer: NodeJS.Timeout;
  #isConnected = false;
  #isOver = false;

  constructor(options: FlowOptions) {
    const { client, target, localAddress, connectTimeoutMs, preamble } = options;
    this.#options = options;
    this.#client = client;
    this.#target = connect({
      host: target.host,
      port: target.port,
      allowHalfOpen: true,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    this.#connectTimer = setTimeout(() => this.reset('target-connect-timeout'), connectTimeoutMs);
    this.#target.once('connect', () => {
      this.#isConnected = true;
      clearTimeout(this.#connectTimer);
    });
    if (preamble !== undefined) this.#target.write(preamble);
    for (const socket of [client, this.#target]) {
      socket.on('data', () => (this.lastActiveAt = epochNow()));
      socket.on('close', () => {
        if (client.destroyed && this.#target.destroyed) this.#settle('closed');
      });
    }
    client.on('error', () => this.#onClientError());
    this.#target.on('error', (error: NodeJS.ErrnoException) => this.#onTargetError(error));
    client.pipe(this.#target);
    this.#target.pipe(client);
  }

  /** From the client. */
  get receivedOctets(): number {
    return this.#client.bytesRead;
  }

  /** To the client, as far as the target has sent them. */
  get sentOctets(): number {
    return this.#target.bytesRead;
  }

  /** RST to both sides. */
  reset(end: FlowEnd): void {
    this.#settle(end);
    reset(this.#client);
    reset(this.#target);
  }

  #onClientError(): void {
    this.#settle('client-reset');
    resetBehind(this.#target);
  }

  #onTargetError(error: NodeJS.ErrnoException): void {
    if (this.#isConnected) this.#settle('target-reset');
    else if (error.code === 'ECONNREFUSED' || error.code === 'ECONNRESET') this.#settle('target-refused');
    else if (LOCAL_FAILURES.has(error.code ?? '')) {
      this.#settle('local-failure');
      this.#options.onLocalFailure(error);
    } else this.#settle('target-connect-timeout');
    resetBehind(this.#client);
  }

  #settle(end: FlowEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#connectTimer);
    this.#options.onOver(end);
  }
}

/** RST, where the system can still send one: a socket that is not connected yet, or whose FIN waits for bytes before it, is only closed. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting || (socket.writableEnded && !socket.writableFinished)) socket.destroy();
  else socket.resetAndDestroy();
}

/** What was sent before the RST arrives before it, unless nobody takes it. */
function resetBehind(socket: Socket): void {
  if (socket.destroyed || socket.connecting || socket.writableEnded || socket.writableLength === 0) {
    reset(socket);
    return;
  }
  const timer = setTimeout(() => reset(socket), FLUSH_MS);
  socket.write(NOTHING, () => {
    clearTimeout(timer);
    reset(socket);
  });
}

const NOTHING = new Uint8Array(0);
const FLUSH_MS = 1000;
/** What says that this machine has run out of something, not that the target is away. */
const LOCAL_FAILURES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);
