import { connect, type Socket } from 'node:net';
import { createResponseFramer, type FramingError, type ResponseFramer, type ResponseHead } from '@spotproof/core/http1';
import type { BalancerCause } from './balancer-record.ts';
import { epochNow } from '../epoch.ts';
import { Outbox } from './outbox.ts';
import type { TargetAddress } from './protocol.ts';

/** Whoever awaits the response on a target connection. Called synchronously, in wire order. */
export interface ResponseReceiver {
  onConnected(now: number): void;
  onResponseHead(head: ResponseHead, now: number): void;
  onInterim(head: ResponseHead): void;
  onResponseBody(bytes: Uint8Array): void;
  onResponseEnd(): void;
  /** All of one read has been handed over. */
  onReadEnd(now: number): void;
  onTunnelData(bytes: Uint8Array): void;
  /** The target's sending side ended in a tunnel. */
  onTunnelEnd(): void;
  /** The connection cannot answer any more. */
  onTargetLost(loss: TargetLoss): void;
  /** The target takes more again after a full send buffer. */
  onTargetDrain(): void;
}

/** Why a connection cannot answer: in the words that hold whether or not an answer had begun. */
export type TargetLoss = 'refused' | 'fin' | 'rst' | 'malformed' | 'head-too-large';

export interface TargetConnectionOptions {
  readonly target: TargetAddress;
  readonly localAddress: string | undefined;
  /** Read into by every connection of the node in turn; each read is used up before the next. */
  readonly readBuffer: Buffer;
  /** How much later than on the wire a FIN on an idle connection is seen. */
  readonly finLagMs: number;
  /** `payload` takes the chunk framing off, for a client that speaks HTTP/1.0. Such a connection serves one request. */
  readonly body: 'wire' | 'payload';
  readonly owner: TargetConnectionOwner;
}

/** The pool that a connection belongs to. */
export interface TargetConnectionOwner {
  /** An idle connection's FIN has arrived; it will be seen after the lag. */
  onFinArrived(connection: TargetConnection): void;
  /** An idle connection was closed by the target, after having been idle this long. */
  onIdleClosed(connection: TargetConnection, idleMs: number): void;
  onClosed(connection: TargetConnection): void;
  /** This machine, not the target, has no means for a connection. */
  onLocalFailure(error: NodeJS.ErrnoException): void;
}

/** A connection to a target: idle in its pool, or lent to one request. */
export class TargetConnection {
  readonly outbox = new Outbox({ copies: false });
  readonly openedAt = epochNow();
  readonly socket: Socket;
  /** When a byte last went either way, or it became idle. */
  lastActivityAt = this.openedAt;
  /** How many requests it has been lent to. */
  uses = 0;
  phase: 'connecting' | 'open' | 'fin-arrived' | 'closed' = 'connecting';
  readonly #options: TargetConnectionOptions;
  readonly #framer: ResponseFramer;
  #receiver: ResponseReceiver | undefined;
  /** What the response said about the connection. */
  #keepAlive = false;

  constructor(options: TargetConnectionOptions) {
    this.#options = options;
    this.#framer = this.#createFramer();
    const { target, localAddress, readBuffer } = options;
    this.socket = connect({
      host: target.host,
      port: target.port,
      ...(localAddress === undefined ? {} : { localAddress }),
      noDelay: true,
      // A target that has finished sending may still be read from and written to, as on any TCP connection.
      allowHalfOpen: true,
      onread: {
        buffer: readBuffer,
        callback: (octets) => {
          this.#onRead(octets);
          return true;
        },
      },
    });
    this.socket.on('connect', () => this.#onConnect());
    this.socket.on('end', () => this.#onFin());
    this.socket.on('drain', () => this.#receiver?.onTargetDrain());
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    this.socket.on('close', () => this.#lose('rst'));
  }

  /** Lends the connection to a request; its method decides how the response is framed. */
  lend(receiver: ResponseReceiver, method: string): void {
    this.#receiver = receiver;
    this.#keepAlive = false;
    this.uses++;
    this.#framer.expect(method);
  }

  /** The request has ended; {@link reusable} tells whether another may follow. */
  giveBack(now: number): void {
    this.#receiver = undefined;
    this.lastActivityAt = now;
  }

  /** True when the target wants to go on, in what it said and in what it did. */
  get reusable(): boolean {
    return this.#keepAlive && this.#framer.state === 'idle' && this.phase !== 'closed' && this.#options.body === 'wire';
  }

  flush(): boolean {
    return this.outbox.flushTo(this.socket);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.#receiver = undefined;
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.socket.destroy();
    this.#options.owner.onClosed(this);
  }

  #createFramer(): ResponseFramer {
    return createResponseFramer(
      {
        onHead: (head) => {
          this.#keepAlive = head.keepAlive;
          this.#receiver?.onResponseHead(head, this.lastActivityAt);
        },
        onInterim: (head) => this.#receiver?.onInterim(head),
        onBody: (bytes) => this.#receiver?.onResponseBody(bytes),
        onMessageEnd: () => this.#receiver?.onResponseEnd(),
        onError: (error) => this.#lose(lossOf(error)),
      },
      { body: this.#options.body },
    );
  }

  #onConnect(): void {
    if (this.phase !== 'connecting') return;
    this.phase = 'open';
    this.lastActivityAt = epochNow();
    this.#receiver?.onConnected(this.lastActivityAt);
  }

  #onRead(octets: number): void {
    if (this.#receiver === undefined) {
      // Bytes that nobody asked for: what follows on this connection could not be told apart from them.
      this.destroy();
      return;
    }
    this.lastActivityAt = epochNow();
    const chunk = this.#options.readBuffer.subarray(0, octets);
    const consumed = this.#framer.state === 'tunnel' ? 0 : this.#framer.push(chunk);
    if (this.#framer.state === 'tunnel') this.#receiver?.onTunnelData(consumed === 0 ? chunk : chunk.subarray(consumed));
    this.#receiver?.onReadEnd(this.lastActivityAt);
  }

  #onFin(): void {
    if (this.phase === 'closed') return;
    if (this.#receiver !== undefined && this.phase === 'open') {
      this.#endOfResponse();
      return;
    }
    this.phase = 'fin-arrived';
    const idleMs = epochNow() - this.lastActivityAt;
    this.#options.owner.onFinArrived(this);
    // Loopback has no round trip: without this lag, the moment in which a request and the FIN cross would hardly exist.
    setTimeout(() => this.#onFinSeen(idleMs), this.#options.finLagMs).unref();
  }

  #onFinSeen(idleMs: number): void {
    if (this.phase === 'closed') return;
    if (this.#receiver !== undefined) {
      this.#endOfResponse();
      return;
    }
    this.#options.owner.onIdleClosed(this, idleMs);
    this.destroy();
  }

  #endOfResponse(): void {
    if (this.#framer.state === 'tunnel') {
      this.#receiver?.onTunnelEnd();
      return;
    }
    this.#keepAlive = false;
    this.#framer.end();
    this.#receiver?.onReadEnd(epochNow());
    // Still awaited after all that the FIN can complete: there was no answer, or not the whole of one.
    this.#lose('fin');
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (LOCAL_FAILURES.has(error.code ?? '')) this.#options.owner.onLocalFailure(error);
    this.#lose(this.phase === 'connecting' ? 'refused' : 'rst');
  }

  #lose(loss: TargetLoss): void {
    const receiver = this.#receiver;
    this.destroy();
    receiver?.onTargetLost(loss);
  }
}

/** The cause to put on record, by how far the response had come. */
export function causeOf(loss: TargetLoss, response: 'awaited' | 'begun'): BalancerCause {
  switch (loss) {
    case 'refused':
      return 'target-refused';
    case 'fin':
      return response === 'awaited' ? 'target-fin' : 'target-fin-in-body';
    case 'rst':
      return response === 'awaited' ? 'target-rst' : 'target-rst-in-body';
    case 'malformed':
      return 'target-malformed';
    case 'head-too-large':
      return 'target-head-too-large';
  }
}

function lossOf(error: FramingError): TargetLoss {
  if (error.code === 'ended-in-head' || error.code === 'ended-in-body') return 'fin';
  return error.code === 'head-too-large' ? 'head-too-large' : 'malformed';
}

/** Out of ports, descriptors or memory: the balancer's own trouble, which must not be blamed on a target. */
const LOCAL_FAILURES: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
