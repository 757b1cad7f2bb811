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
  readonly #headersBefore: ReturnType<ServerResponse['getHeaders']>;
  #phase: Phase = 'holding';
  #hasBegun = false;
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
      headersSent: { configurable: true, get: () => this.#hasBegun },
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
    return this.#hasBegun;
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
    if (callback !== undefined) this.#response.once('finish', callback);
    if (chunk !== undefined) this.#hold(chunk);
    this.#hasBegun = true;
    this.#hasEnded = true;
    if (this.#phase === 'asking') return this.#response;
    this.#phase = 'asking';
    const asked =
      this.#bytes > this.#gate.maxBodyBytes ? this.#gate.stream(this.#head) : this.#gate.finish({ ...this.#head, body: Buffer.concat(this.#chunks) });
    void asked.then((instead) => this.#release(instead));
    return this.#response;
  }

  #writeHead(args: unknown[]): unknown {
    if (this.#phase === 'open') return this.#call('writeHead', args);
    if (this.#hasBegun) return this.#response;
    const [status, second, third] = args;
    const headers = typeof second === 'string' ? third : second;
    if (typeof status !== 'number' || status < 100 || status > 999) return this.#call('writeHead', args);
    this.#response.statusCode = status;
    if (typeof second === 'string') this.#response.statusMessage = second;
    setHeaders(this.#response, headers);
    this.#hasBegun = true;
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
    if (this.#hasEnded || !this.#hasBegun || this.#phase !== 'holding') return;
    // The end may still come. If not, the app was cut off in the middle, or has given up.
    const timer = setTimeout(() => {
      if (!this.#hasEnded) this.#gate.fail(new Error('The response was begun, and not finished when its connection was gone.'));
    }, this.#gate.graceMs);
    timer.unref();
  }

  #begin(): void {
    this.#hasBegun = true;
  }

  #hold(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
  }

  #stream(): void {
    this.#phase = 'asking';
    void this.#gate.stream(this.#head).then((instead) => this.#release(instead));
  }

  #release(instead: Answer | undefined): void {
    Reflect.deleteProperty(this.#response, 'headersSent');
    Reflect.deleteProperty(this.#response, 'writableEnded');
    const callbacks = this.#callbacks.splice(0);
    if (instead !== undefined) {
      this.#chunks = [];
      // Node writes the head by this response's own functions.
      this.#phase = 'open';
      restoreHeaders(this.#response, this.#headersBefore);
      sendAnswer(this.#response, instead);
      this.#phase = 'replaced';
      for (const callback of callbacks) callback();
      return;
    }
    this.#phase = 'open';
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

  get #head(): Omit<Answer, 'body'> {
    return { status: this.#response.statusCode, headers: headersOf(this.#response) };
  }

  get #isEventStream(): boolean {
    return String(this.#response.getHeader('content-type') ?? '').startsWith('text/event-stream');
  }

  #call(method: keyof Real, args: unknown[]): unknown {
    return Reflect.apply(this.#real[method], this.#response, args);
  }
}

type Real = Pick<ServerResponse, 'write' | 'end' | 'writeHead' | 'flushHeaders' | 'destroy'>;

/** Sends a whole response. Headers that are set already stay, such as those of CORS. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status;
  for (const [name] of headers) response.removeHeader(name);
  for (const [name, value] of headers) response.appendHeader(name, value);
  // Middleware around it may not know other bytes than Node's.
  response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
}

function headersOf(response: ServerResponse): Header[] {
  return Object.entries(response.getHeaders()).flatMap(([name, value]) => {
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

function restoreHeaders(response: ServerResponse, before: ReturnType<ServerResponse['getHeaders']>): void {
  for (const name of response.getHeaderNames()) if (before[name] === undefined) response.removeHeader(name);
  for (const [name, value] of Object.entries(before)) if (value !== undefined) response.setHeader(name, value);
  response.statusMessage = '';
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
