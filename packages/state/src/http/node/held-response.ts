import type { ServerResponse } from 'node:http';
import type { Answer, Header } from '../answer.ts';

/** Before the first byte of a response leaves, this is asked. What it resolves with is sent instead; undefined lets the response go. */
export interface Gate {
  /** The response is whole. */
  readonly finish: (answer: Answer) => Promise<Answer | undefined>;
  /** It goes on, and its body will not be kept: an event stream, one that was flushed early, or one that is too large. */
  readonly stream: (head: Omit<Answer, 'body'>) => Promise<Answer | undefined>;
  /** The app has destroyed the response, or has begun it and left it unfinished. */
  readonly fail: (error: unknown) => void;
  readonly maxBodyBytes: number;
  /** After the client has left, how long a response that was begun may take to be finished. */
  readonly graceMs: number;
}

/** `holding` → `asking` (the gate) → `open`, or `replaced`: the gate has sent another response, and what the app writes is dropped. */
type Phase = 'holding' | 'asking' | 'open' | 'replaced';

/**
 * Holds back what an app writes to a response until the gate has let it go. To the app it looks as if it were sent: `headersSent` is true from the first
 * byte on, and `write()` calls back.
 */
export class HeldResponse {
  readonly #response: ServerResponse;
  readonly #gate: Gate;
  readonly #real: Real;
  readonly #headersBefore: Headers;
  #phase: Phase = 'holding';
  /** From the first byte on, as Node has it: what the app changes later is not of this response. */
  #begun: Begun | undefined;
  #hasEnded = false;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wantsDrain = false;
  #callbacks: (() => void)[] = [];

  constructor(response: ServerResponse, gate: Gate) {
    this.#response = response;
    this.#gate = gate;
    this.#headersBefore = response.getHeaders();
    // What another middleware has put there counts as the real one.
    // oxlint-disable-next-line typescript/unbound-method -- called with their own receiver
    const { write, end, writeHead, flushHeaders, destroy } = response;
    this.#real = { write, end, writeHead, flushHeaders, destroy };
    Object.assign(response, {
      write: (...args: unknown[]) => this.#write(args),
      end: (...args: unknown[]) => this.#end(args),
      writeHead: (...args: unknown[]) => this.#writeHead(args),
      flushHeaders: () => this.#flushHeaders(),
      destroy: (error?: unknown) => this.#destroy(error),
    });
    Object.defineProperties(response, {
      headersSent: { configurable: true, get: () => this.hasBegun },
      writableEnded: { configurable: true, get: () => this.#hasEnded },
    });
    response.once('close', () => this.#closed());
  }

  /** True when the app has ended the response. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** True when a byte of it was written. */
  get hasBegun(): boolean {
    return this.#begun !== undefined;
  }

  #write(args: unknown[]): unknown {
    if (this.#phase === 'open') return this.#call('write', args);
    const { chunk, callback } = written(args);
    // What Node itself refuses is refused as it does.
    if (chunk === undefined) return this.#call('write', args);
    if (this.#hasEnded || this.#phase === 'replaced') {
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }
    this.#begin();
    this.#hold(chunk);
    if (this.#phase === 'holding' && (this.#bytes > this.#gate.maxBodyBytes || this.#isEventStream)) this.#stream();
    if (this.#phase === 'holding') {
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }
    if (callback !== undefined) this.#callbacks.push(callback);
    this.#wantsDrain = true;
    return false;
  }

  #end(args: unknown[]): unknown {
    if (this.#phase === 'open') return this.#call('end', args);
    if (this.#hasEnded || this.#phase === 'replaced') return this.#response;
    const { chunk, callback } = written(args);
    const [first] = args;
    if (chunk === undefined && first !== undefined && first !== null && typeof first !== 'function') return this.#call('end', args);
    const head = this.#begin();
    if (callback !== undefined) this.#response.once('finish', callback);
    if (chunk !== undefined) this.#hold(chunk);
    this.#hasEnded = true;
    if (this.#phase === 'asking') return this.#response;
    const isKept = this.#bytes <= this.#gate.maxBodyBytes;
    this.#ask(isKept ? this.#gate.finish({ ...head, body: Buffer.concat(this.#chunks) }) : this.#gate.stream(head));
    return this.#response;
  }

  #writeHead(args: unknown[]): unknown {
    if (this.#phase === 'open') return this.#call('writeHead', args);
    if (this.hasBegun) return this.#response;
    const [status, second, third] = args;
    const headers = typeof second === 'string' ? third : second;
    if (typeof status !== 'number' || status < 100 || status > 999) return this.#call('writeHead', args);
    this.#response.statusCode = status;
    if (typeof second === 'string') this.#response.statusMessage = second;
    setHeaders(this.#response, headers);
    this.#begin();
    if (this.#isEventStream) this.#stream();
    return this.#response;
  }

  #flushHeaders(): void {
    if (this.#phase === 'open') return void this.#call('flushHeaders', []);
    this.#begin();
    if (this.#phase === 'holding') this.#stream();
  }

  #destroy(error: unknown): unknown {
    if (!this.#hasEnded && this.#phase !== 'open') this.#gate.fail(error ?? new Error('The response was destroyed.'));
    return this.#call('destroy', error === undefined ? [] : [error]);
  }

  #closed(): void {
    if (this.#hasEnded || !this.hasBegun || this.#phase !== 'holding') return;
    // The end may still come. If not, the app was cut off in the middle, or has given up.
    const timer = setTimeout(() => {
      if (!this.#hasEnded) this.#gate.fail(new Error('The response was begun, and not finished when its connection was gone.'));
    }, this.#gate.graceMs);
    timer.unref();
  }

  /** @throws What Node throws for a head that cannot be sent, while the app is there to hear it. */
  #begin(): Omit<Answer, 'body'> {
    if (this.#begun === undefined) {
      const statusCode: unknown = this.#response.statusCode;
      const statusMessage = statusMessageOf(this.#response);
      // An app may have put a text there, which Node takes for a number as well.
      const status = Math.trunc(Number(statusCode));
      if (!(status >= 100 && status <= 999) || NO_STATUS_MESSAGE.test(statusMessage)) this.#call('writeHead', [statusCode]);
      this.#begun = { status, statusMessage, headers: this.#response.getHeaders() };
    }
    const { status, headers } = this.#begun;
    return { status, headers: headersOf(headers) };
  }

  #hold(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
  }

  #stream(): void {
    this.#ask(this.#gate.stream(this.#begin()));
  }

  #ask(asked: Promise<Answer | undefined>): void {
    this.#phase = 'asking';
    // What Node refuses to send is recorded by now, and its app is no longer there to be told.
    asked.then((instead) => this.#release(instead)).catch((error: unknown) => this.#call('destroy', [error]));
  }

  #release(instead: Answer | undefined): void {
    Reflect.deleteProperty(this.#response, 'headersSent');
    Reflect.deleteProperty(this.#response, 'writableEnded');
    const callbacks = this.#callbacks.splice(0);
    if (instead !== undefined) {
      this.#chunks = [];
      // Node writes the head by this response's own functions.
      this.#phase = 'open';
      restoreHead(this.#response, { headers: this.#headersBefore, statusMessage: '' });
      sendAnswer(this.#response, instead);
      this.#phase = 'replaced';
      for (const callback of callbacks) callback();
      return;
    }
    this.#phase = 'open';
    if (this.#begun !== undefined) {
      restoreHead(this.#response, this.#begun);
      this.#response.statusCode = this.#begun.status;
    }
    if (this.#hasEnded) {
      this.#call('end', [Buffer.concat(this.#chunks)]);
    } else {
      this.#call('flushHeaders', []);
      for (const chunk of this.#chunks) this.#call('write', [chunk]);
      if (this.#wantsDrain && !this.#response.writableNeedDrain) this.#response.emit('drain');
    }
    this.#chunks = [];
    for (const callback of callbacks) callback();
  }

  get #isEventStream(): boolean {
    return String(this.#response.getHeader('content-type') ?? '').startsWith('text/event-stream');
  }

  #call(method: keyof Real, args: unknown[]): unknown {
    return Reflect.apply(this.#real[method], this.#response, args);
  }
}

interface Begun {
  readonly status: number;
  readonly statusMessage: string;
  readonly headers: Headers;
}

type Headers = ReturnType<ServerResponse['getHeaders']>;
type Real = Pick<ServerResponse, 'write' | 'end' | 'writeHead' | 'flushHeaders' | 'destroy'>;

/** Sends a whole response. Headers that are set already stay, such as those of CORS. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status;
  if (statusMessageOf(response) !== '') response.statusMessage = '';
  for (const [name] of headers) response.removeHeader(name);
  for (const [name, value] of headers) response.appendHeader(name, value);
  // Middleware around it may not know other bytes than Node's.
  response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}

function headersOf(headers: Headers): Header[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return Array.isArray(value) ? value.map((each): Header => [name, each]) : [[name, String(value)] as const];
  });
}

/** As `writeHead()` takes them: an object, or a list in which names and values alternate. */
function setHeaders(response: ServerResponse, headers: unknown): void {
  if (Array.isArray(headers)) {
    const list: unknown[] = headers.flat();
    const names = list.filter((_, at) => at % 2 === 0).map(String);
    for (const name of names) response.removeHeader(name);
    for (const [at, name] of names.entries()) response.appendHeader(name, headerValue(list[at * 2 + 1]));
  } else if (typeof headers === 'object' && headers !== null) {
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, headerValue(value));
  }
}

function headerValue(value: unknown): string | string[] {
  return Array.isArray(value) ? value.map(String) : String(value);
}

function restoreHead(response: ServerResponse, { headers, statusMessage }: Pick<Begun, 'headers' | 'statusMessage'>): void {
  for (const name of response.getHeaderNames()) if (headers[name] === undefined) response.removeHeader(name);
  // What is as it was keeps the case in which its name was written.
  for (const [name, value] of Object.entries(headers)) if (value !== undefined && response.getHeader(name) !== value) response.setHeader(name, value);
  if (statusMessageOf(response) !== statusMessage) response.statusMessage = statusMessage;
}

/** HTTP/2 has none, and warns of whoever asks for it. */
function statusMessageOf(response: ServerResponse): string {
  return Object.hasOwn(response, 'statusMessage') ? response.statusMessage : '';
}

/** The arguments of `write()` and `end()`. No chunk: what Node has to refuse or to do without. */
function written(args: unknown[]): { readonly chunk: Buffer | undefined; readonly callback: (() => void) | undefined } {
  const [first, second] = args;
  const last = args.findLast((each) => typeof each === 'function');
  const callback = typeof last === 'function' ? () => void Reflect.apply(last, undefined, []) : undefined;
  if (typeof first === 'string')
    return { chunk: Buffer.from(first, typeof second === 'string' && Buffer.isEncoding(second) ? second : 'utf8'), callback };
  // The app may use its buffer again.
  if (first instanceof Uint8Array) return { chunk: Buffer.from(first), callback };
  return { chunk: undefined, callback };
}

/** As Node does. */
const NO_STATUS_MESSAGE = /[^\t\x20-\x7e\x80-\xff]/;
