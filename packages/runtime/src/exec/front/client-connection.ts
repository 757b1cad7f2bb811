import type { Socket } from 'node:net';
import { createRequestFramer, type Framer, type FramingError, type RequestHead, type ResponseHead } from '@spotproof/core/http1';
import { isBalancerHealthCheck, nameOf, ownResponse, responseHead, statusOfFramingError } from './heads.ts';
import { LONGEST_REST_MS, type ProgramConnection, type ResponseReceiver } from './program-connection.ts';
import { CLOSE_FRAME, WebSocketFrames } from './websocket-frames.ts';

/** The front, as far as one of its connections needs it. */
export interface FrontSide {
  readonly isDraining: boolean;
  now(): number;
  connectToProgram(receiver: ResponseReceiver): ProgramConnection;
  requested(request: OpenRequest): void;
  /** @returns True when the front answers it: with 503. */
  healthChecked(address: string): boolean;
  over(request: OpenRequest, how: HowItEnded): void;
  /** A request has made a tunnel of its connection. */
  upgraded(): void;
  closed(connection: ClientConnection): void;
}

/** `unanswered`: the program broke off or was not there. `abandoned`: the client did. `tunnel`: it had become something other than HTTP. */
export type HowItEnded = 'answered' | 'abandoned' | 'unanswered' | 'tunnel';

export interface OpenRequest {
  readonly name: string;
  readonly startedAt: number;
  readonly isHealthCheck: boolean;
}

/** A connection of the balancer's or of any other client: frames its requests and passes them on one at a time, their octets as they came. */
export class ClientConnection implements ResponseReceiver {
  readonly acceptedAt: number;
  readonly #socket: Socket;
  readonly #front: FrontSide;
  readonly #framer: Framer;
  #phase: 'open' | 'tunnel' | 'closing' | 'closed' = 'open';
  #current: Current | undefined;
  #program: ProgramConnection | undefined;
  /** What came behind the current request and waits for its end. */
  #behind: Uint8Array | undefined;
  #hasHalfClosed = false;
  #activeAt: number;
  #upgradedBy: OpenRequest | undefined;
  /** Of a tunnel that is a WebSocket. */
  #frames: WebSocketFrames | undefined;
  #isClosingTunnel = false;
  #hasSaidRestart = false;

  constructor(socket: Socket, front: FrontSide) {
    this.#socket = socket;
    this.#front = front;
    this.acceptedAt = front.now();
    this.#activeAt = this.acceptedAt;
    this.#framer = createRequestFramer({
      onHead: (head) => this.#onHead(head),
      onBody: (bytes) => this.#onRequestBody(bytes),
      onMessageEnd: () => this.#onRequestEnd(),
      onError: (error) => this.#onFramingError(error),
    });
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('drain', () => this.#program?.resume());
    socket.on('error', () => this.#onGone());
    socket.on('close', () => this.#onGone());
  }

  /** The request that it carries, or that made a tunnel of it. */
  get open(): OpenRequest | undefined {
    return this.#upgradedBy ?? this.#current?.request;
  }

  get isTunnel(): boolean {
    return this.#upgradedBy !== undefined;
  }

  /** True when it carries nothing, in neither direction. */
  get isIdle(): boolean {
    return this.#phase === 'open' && this.#current === undefined && this.#framer.state === 'idle' && this.#behind === undefined;
  }

  /** Begun, but without a whole head. */
  get isHalfWay(): boolean {
    return this.#phase === 'open' && this.#current === undefined && this.#framer.state === 'head';
  }

  get hasBeenUsed(): boolean {
    return this.#activeAt > this.acceptedAt;
  }

  /** Applies the time limits; called now and then. */
  sweep(now: number, idleMs: number): void {
    const silentMs = now - this.#activeAt;
    if (this.#phase === 'closing') {
      if (silentMs >= LAST_WORDS_MS) this.destroy();
      return;
    }
    if (this.#phase !== 'open' || this.#current !== undefined) return;
    if (silentMs > LONGEST_REST_MS) this.#dropProgram();
    if (silentMs <= idleMs) return;
    if (this.#framer.state === 'head') this.#respond(ownResponse(408));
    else this.#closeGently();
  }

  /**
   * The drain's *stop now*: a tunnel has no end of its own, so it gets one. A WebSocket's client is told 1012, and its answer goes to the program,
   * for which it then is the client that closes; anything else just ends.
   */
  endTunnel(): void {
    if (this.#phase !== 'tunnel' || this.#isClosingTunnel) return;
    this.#isClosingTunnel = true;
    if (this.#frames === undefined) {
      this.#socket.end();
      this.#program?.end();
    } else if (this.#frames.mayInsert) this.#sayServiceRestart();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#onGone();
  }

  // What the client does.

  #onData(chunk: Buffer): void {
    this.#activeAt = this.#front.now();
    if (this.#phase === 'tunnel') {
      if (this.#program?.write(chunk) === false) this.#socket.pause();
    } else if (this.#phase === 'open') {
      if (this.#behind === undefined) this.#feed(chunk);
      else this.#behind = Buffer.concat([this.#behind, chunk]);
    }
  }

  #feed(chunk: Uint8Array): void {
    const consumed = this.#framer.push(chunk);
    if (consumed === chunk.length || this.#phase !== 'open') return;
    this.#behind = chunk.subarray(consumed);
    this.#socket.pause();
  }

  #onHead(head: RequestHead): void {
    const isHealthCheck = isBalancerHealthCheck(head);
    const request: OpenRequest = { name: nameOf(head), startedAt: this.#front.now(), isHealthCheck };
    const isOurs = isHealthCheck && this.#front.healthChecked(this.#socket.remoteAddress ?? '');
    this.#current = {
      request,
      keepAlive: head.keepAlive,
      isHead: head.method === 'HEAD',
      isOurs,
      upgrade: head.upgrade,
      isComplete: false,
      response: 'awaited',
      close: false,
    };
    if (isOurs) return;
    this.#front.requested(request);
    if (this.#program?.isReusable !== true) {
      this.#dropProgram();
      this.#program = this.#front.connectToProgram(this);
    }
    this.#program?.expect(head.method);
    // The framer lends the octets for the length of the call only.
    this.#program?.write(Buffer.from(head.wire));
  }

  #onRequestBody(bytes: Uint8Array): void {
    if (this.#current?.isOurs === false && this.#program?.write(bytes) === false) this.#socket.pause();
  }

  #onRequestEnd(): void {
    if (this.#current === undefined) return;
    this.#current.isComplete = true;
    this.#framer.pause();
    if (this.#current.isOurs) this.#respond(ownResponse(503, this.#current.isHead));
    else if (this.#current.response === 'ended') this.#finish();
  }

  #onFramingError(error: FramingError): void {
    // With a request under way the program decides what to do with the half of it that it got.
    if (this.#current === undefined) this.#respond(ownResponse(statusOfFramingError(error.status)));
    else if (this.#current.response === 'awaited') this.#respond(ownResponse(400, this.#current.isHead), 'abandoned');
    else this.#cut('abandoned');
  }

  #onEnd(): void {
    this.#hasHalfClosed = true;
    if (this.#phase === 'tunnel') this.#program?.end();
    else if (this.#phase === 'open' && this.#current?.isComplete !== true) {
      // In the middle of a request this is an error and handled as one; a whole one gets its answer.
      this.#framer.end();
      if (this.#phase === 'open') this.#closeGently();
    }
  }

  #onGone(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#over('abandoned');
    this.#dropProgram();
    this.#front.closed(this);
  }

  // What the program does.

  onResponseHead(head: ResponseHead): void {
    const current = this.#current;
    if (current === undefined) return;
    current.response = 'begun';
    if (head.framing === 'tunnel') {
      this.#socket.write(responseHead(head, false));
      this.#enterTunnel(current);
      return;
    }
    // Whoever has sent a further request already would have it discarded; the balancer does not, so this costs the drain nothing.
    const mustClose = this.#front.isDraining && this.#behind === undefined;
    current.close = mustClose || !current.keepAlive || !head.keepAlive;
    this.#socket.write(responseHead(head, mustClose));
  }

  onInterim(head: ResponseHead): void {
    this.#socket.write(Buffer.from(head.wire));
  }

  onResponseBody(bytes: Uint8Array): void {
    if (!this.#socket.write(bytes)) this.#program?.pause();
  }

  onResponseEnd(): void {
    const current = this.#current;
    if (current === undefined) return;
    current.response = 'ended';
    // An answer may come before the end of its request. What is left of that is read on, unless nobody wants it any more.
    if (current.isComplete) this.#finish();
    else if (this.#program?.isSpent === true || current.close) this.#finishEarly();
  }

  onTunnelData(bytes: Uint8Array): void {
    this.#activeAt = this.#front.now();
    // After our close frame nothing may follow, and what does would not be read.
    if (this.#hasSaidRestart) return;
    const length = this.#frames?.read(bytes, this.#isClosingTunnel) ?? bytes.length;
    this.onResponseBody(length === bytes.length ? bytes : bytes.subarray(0, length));
    if (this.#isClosingTunnel && this.#frames?.mayInsert === true) this.#sayServiceRestart();
  }

  onTunnelEnd(): void {
    this.#socket.end();
  }

  onProgramDrain(): void {
    if (this.#behind === undefined) this.#socket.resume();
  }

  onProgramLost(): void {
    if (this.#phase === 'tunnel') {
      this.#socket.destroySoon();
      return;
    }
    const current = this.#current;
    if (current === undefined) return;
    if (current.response === 'awaited') this.#respond(ownResponse(502, current.isHead), 'unanswered');
    else if (current.response === 'ended') this.#finishEarly();
    else this.#cut('unanswered');
  }

  // How a request ends.

  #finish(): void {
    const { close } = this.#current ?? { close: true };
    this.#over('answered');
    this.#activeAt = this.#front.now();
    if (close || this.#hasHalfClosed) {
      this.#closeGently();
      return;
    }
    this.#program?.rest();
    this.#framer.resume();
    const behind = this.#behind;
    this.#behind = undefined;
    if (behind !== undefined) this.#feed(behind);
    if (this.#behind === undefined) this.#socket.resume();
  }

  #finishEarly(): void {
    this.#over('answered');
    this.#closeGently();
  }

  #respond(response: Buffer, how: HowItEnded = 'answered'): void {
    this.#socket.write(response);
    this.#over(how);
    this.#closeGently();
  }

  /** The client must see that the answer is not whole: a FIN would make a whole one of a body without a length. */
  #cut(how: 'abandoned' | 'unanswered'): void {
    this.#over(how);
    this.#socket.resetAndDestroy();
    this.#onGone();
  }

  #over(how: HowItEnded): void {
    const request = this.open;
    const ended = this.isTunnel ? 'tunnel' : how;
    this.#current = undefined;
    this.#upgradedBy = undefined;
    if (request !== undefined) this.#front.over(request, ended);
  }

  #enterTunnel(current: Current): void {
    this.#phase = 'tunnel';
    if (current.upgrade?.toLowerCase() === 'websocket') this.#frames = new WebSocketFrames();
    this.#upgradedBy = current.request;
    this.#current = undefined;
    this.#front.upgraded();
    const behind = this.#behind;
    this.#behind = undefined;
    if (behind !== undefined && this.#program?.write(behind) === false) return;
    if (this.#hasHalfClosed) this.#program?.end();
    this.#socket.resume();
  }

  #sayServiceRestart(): void {
    this.#hasSaidRestart = true;
    this.#socket.write(CLOSE_FRAME);
  }

  /** Everything written goes out, then FIN; what still comes in is read and dropped, or its reset could destroy the answer on its way. */
  #closeGently(): void {
    this.#dropProgram();
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.#phase = 'closing';
    this.#behind = undefined;
    this.#activeAt = this.#front.now();
    this.#socket.end();
    this.#socket.resume();
  }

  #dropProgram(): void {
    this.#program?.destroy();
    this.#program = undefined;
  }
}

/** The request that a connection carries now. */
interface Current {
  readonly request: OpenRequest;
  readonly keepAlive: boolean;
  readonly isHead: boolean;
  /** Answered here, without the program. */
  readonly isOurs: boolean;
  readonly upgrade: string | undefined;
  isComplete: boolean;
  response: 'awaited' | 'begun' | 'ended';
  /** The connection ends with the response. */
  close: boolean;
}

/** How long a connection that we have closed may take to close its side. */
const LAST_WORDS_MS = 1_000;
