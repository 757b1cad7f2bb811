import { ChunkedBody } from './chunked-body.ts';
import { framingError } from './framing-error.ts';
import type { Limits } from './limits.ts';
import type { LineScanner } from './line-scanner.ts';
import { CR, LF, octetAt } from './octets.ts';
import { SectionReader } from './section-reader.ts';
import type { Framer, FramerHandler, FramerOptions, FramingError, MessageHead } from './types.ts';

/** What requests and responses do differently. */
export interface Dialect<Head> {
  readonly startLine: LineScanner;
  /** Why no message may begin now; undefined when one may. */
  refusal(): FramingError | undefined;
  /** Makes a head of the decoded section, whose start line {@link startLine} has read. */
  readHead(section: HeadSection): HeadReading<Head> | FramingError;
  /** The error as the peer of such messages is to see it. */
  toError(error: FramingError): FramingError;
}

export interface HeadSection {
  readonly text: string;
  readonly headers: readonly string[];
  readonly wire: Uint8Array;
}

export interface HeadReading<Head> {
  readonly head: Head;
  /** False for a 1xx response, after which the message is still to come. */
  readonly isFinal: boolean;
}

/** The frame that both kinds of message share: empty lines, a head, a body, and from the start. */
export class MessageFramer<Head extends MessageHead> implements Framer {
  readonly #dialect: Dialect<Head>;
  readonly #handler: FramerHandler<Head>;
  readonly #isWire: boolean;
  readonly #onData: ((data: Uint8Array) => void) | undefined;
  readonly #headReader: SectionReader;
  readonly #limits: Limits;
  #chunkedBody: ChunkedBody | undefined;
  #phase: Phase = 'idle';
  #bodyLeft = 0;
  #keepAlive = true;
  #isPaused = false;

  constructor(dialect: Dialect<Head>, handler: FramerHandler<Head>, options: { readonly body: FramerOptions['body']; readonly limits: Limits }) {
    this.#dialect = dialect;
    this.#handler = handler;
    this.#limits = options.limits;
    this.#isWire = options.body !== 'payload';
    this.#onData = this.#isWire ? undefined : (data) => handler.onBody(data);
    this.#headReader = new SectionReader(dialect.startLine, options.limits);
  }

  push(chunk: Uint8Array): number {
    let position = 0;
    while (position < chunk.length) {
      switch (this.#phase) {
        case 'idle':
        case 'closed':
          if (this.#isPaused) return position;
          position = afterEmptyLines(chunk, position);
          if (position < chunk.length) this.#beginMessage();
          break;
        case 'head':
          position = this.#readHead(chunk, position);
          break;
        case 'length':
          position = this.#readLength(chunk, position);
          break;
        case 'chunked':
          position = this.#readChunked(chunk, position);
          break;
        case 'until-close':
          this.#handler.onBody(view(chunk, position, chunk.length));
          return chunk.length;
        case 'tunnel':
        case 'failed':
          return position;
      }
    }
    return position;
  }

  end(): void {
    switch (this.#phase) {
      case 'head':
        this.#fail(framingError('ended-in-head', 'expected the rest of the head, got the end of the connection'));
        break;
      case 'length':
        this.#fail(framingError('ended-in-body', `expected ${this.#bodyLeft} more octets of the body, got the end of the connection`));
        break;
      case 'chunked':
        this.#fail(framingError('ended-in-body', 'expected the last chunk of the body, got the end of the connection'));
        break;
      case 'until-close':
        this.#endMessage();
        break;
      case 'idle':
      case 'closed':
      case 'tunnel':
      case 'failed':
        break;
    }
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  get state(): Framer['state'] {
    return STATES[this.#phase];
  }

  #beginMessage(): void {
    const refusal =
      this.#phase === 'closed'
        ? framingError('unexpected-message', 'expected nothing after a message that was the last of its connection')
        : this.#dialect.refusal();
    if (refusal !== undefined) {
      this.#fail(refusal);
      return;
    }
    this.#headReader.reset();
    this.#phase = 'head';
  }

  #readHead(chunk: Uint8Array, from: number): number {
    const reader = this.#headReader;
    const position = reader.read(chunk, from);
    if (reader.failure !== undefined) this.#fail(reader.failure);
    if (reader.outcome !== 'done') return position;

    const wire = reader.take();
    const text = reader.decode(wire);
    const reading = this.#dialect.readHead({ text, headers: reader.headers(text), wire });
    if ('code' in reading) this.#fail(reading);
    else if (reading.isFinal) this.#beginBody(reading.head);
    else {
      this.#phase = 'idle';
      this.#handler.onInterim?.(reading.head);
    }
    return position;
  }

  #beginBody(head: Head): void {
    this.#keepAlive = head.keepAlive;
    this.#bodyLeft = head.contentLength ?? 0;
    const isEmpty = head.framing === 'none' || (head.framing === 'length' && this.#bodyLeft === 0);
    this.#phase = head.framing === 'none' ? 'length' : head.framing;
    if (head.framing === 'chunked') {
      this.#chunkedBody ??= new ChunkedBody(this.#limits);
      this.#chunkedBody.reset();
    }
    this.#handler.onHead(head);
    if (isEmpty) this.#endMessage();
  }

  #readLength(chunk: Uint8Array, from: number): number {
    const end = Math.min(chunk.length, from + this.#bodyLeft);
    this.#bodyLeft -= end - from;
    this.#handler.onBody(view(chunk, from, end));
    if (this.#bodyLeft === 0) this.#endMessage();
    return end;
  }

  #readChunked(chunk: Uint8Array, from: number): number {
    const body = this.#chunkedBody;
    if (body === undefined) return from;
    const end = body.read(chunk, from, this.#onData);
    if (this.#isWire && end > from) this.#handler.onBody(view(chunk, from, end));
    if (body.failure !== undefined) this.#fail(body.failure);
    if (body.outcome !== 'done') return end;

    if (body.trailers !== undefined) this.#handler.onTrailers?.(body.trailers);
    this.#endMessage();
    return end;
  }

  #endMessage(): void {
    this.#phase = this.#keepAlive ? 'idle' : 'closed';
    this.#handler.onMessageEnd();
  }

  #fail(error: FramingError): void {
    this.#phase = 'failed';
    this.#handler.onError(this.#dialect.toError(error));
  }
}

/** `closed`: idle, and no further message may come. */
type Phase = 'idle' | 'head' | 'length' | 'chunked' | 'until-close' | 'tunnel' | 'closed' | 'failed';

const STATES: Readonly<Record<Phase, Framer['state']>> = {
  idle: 'idle',
  closed: 'idle',
  head: 'head',
  length: 'body',
  chunked: 'body',
  'until-close': 'body',
  tunnel: 'tunnel',
  failed: 'failed',
};

/** RFC 9112 section 2.2 wants at least one empty line before a request to be ignored; clients send them after a body, too. */
function afterEmptyLines(chunk: Uint8Array, from: number): number {
  let position = from;
  while (position < chunk.length) {
    const octet = octetAt(chunk, position);
    if (octet !== CR && octet !== LF) break;
    position++;
  }
  return position;
}

const view = (chunk: Uint8Array, from: number, to: number): Uint8Array => (from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to));
