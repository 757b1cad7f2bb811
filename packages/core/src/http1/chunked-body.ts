import { framingError } from './framing-error.ts';
import type { Limits } from './limits.ts';
import { CR, LF, SEMICOLON, TEXT, describeOctet, hexDigitValue, isIn, octetAt } from './octets.ts';
import { SectionReader } from './section-reader.ts';
import type { FramingError, RawHeaders } from './types.ts';

/**
 * The chunked transfer coding (RFC 9112, section 7.1): `size [;extensions] CRLF data CRLF`, again and again, then a chunk of size 0 and trailers.
 *
 * As strict as llhttp on what delimits: hexadecimal digits and nothing around them, CR LF after line and data. What an extension says is
 * not looked at, but it may not hold control characters, or its end would be a matter of opinion.
 */
export class ChunkedBody {
  outcome: 'more' | 'done' | 'failed' = 'more';
  failure: FramingError | undefined;
  /** The trailer fields of a body that is done; undefined when there were none. */
  trailers: RawHeaders | undefined;
  readonly #lineOctets: number;
  readonly #trailerReader: SectionReader;
  #step: Step = 'first-digit';
  /** Of the size line: what was read of its number. In the data: what is still to come. */
  #size = 0;
  #lineLeft: number;

  constructor(limits: Limits) {
    this.#lineOctets = limits.lineOctets;
    this.#lineLeft = limits.lineOctets;
    this.#trailerReader = new SectionReader(undefined, limits);
  }

  /** Makes ready for the next body. */
  reset(): void {
    this.outcome = 'more';
    this.failure = undefined;
    this.trailers = undefined;
    this.#step = 'first-digit';
    this.#size = 0;
    this.#lineLeft = this.#lineOctets;
  }

  /**
   * Reads on at `from` in `chunk` and returns where it stopped: behind the body, at the octet that is wrong, or at the end of the chunk.
   * `onData` gets each piece of content, as a view.
   */
  read(chunk: Uint8Array, from: number, onData: ((data: Uint8Array) => void) | undefined): number {
    let position = from;
    while (position < chunk.length && this.outcome === 'more') {
      if (this.#step === 'data') position = this.#readData(chunk, position, onData);
      else if (this.#step === 'trailers') position = this.#readTrailers(chunk, position);
      else if (this.#readDelimiter(octetAt(chunk, position))) position++;
    }
    return position;
  }

  #readData(chunk: Uint8Array, from: number, onData: ((data: Uint8Array) => void) | undefined): number {
    const end = Math.min(chunk.length, from + this.#size);
    this.#size -= end - from;
    if (this.#size === 0) this.#step = 'data-cr';
    onData?.(chunk.subarray(from, end));
    return end;
  }

  #readTrailers(chunk: Uint8Array, from: number): number {
    const reader = this.#trailerReader;
    const position = reader.read(chunk, from);
    this.failure = reader.failure;
    this.outcome = reader.outcome;
    if (reader.outcome !== 'done' || reader.hasNoHeaders) return position;

    const trailers = reader.headers(reader.decode(reader.take()));
    const forbidden = trailers.find((name, index) => index % 2 === 0 && FORBIDDEN_TRAILERS.has(name.toLowerCase()));
    if (forbidden === undefined) this.trailers = trailers;
    else this.#fail('bad-header', `expected no ${forbidden} among the trailers: the length of the message is settled`);
    return position;
  }

  /** Takes one octet of what stands between the data; false when it is wrong. */
  #readDelimiter(octet: number): boolean {
    switch (this.#step) {
      case 'first-digit':
      case 'digits':
        return this.#readSize(octet);
      case 'extensions':
        if (octet === CR) this.#step = 'size-lf';
        else if (!isIn(octet, TEXT)) return this.#fail('bad-chunk', `expected the chunk extensions to end with CR LF, got ${describeOctet(octet)}`);
        return octet === CR || this.#countLineOctet();
      case 'size-lf':
        if (octet !== LF) return this.#fail('bad-chunk', `expected LF after CR at the end of a chunk size line, got ${describeOctet(octet)}`);
        if (this.#size === 0) this.#trailerReader.reset();
        this.#step = this.#size === 0 ? 'trailers' : 'data';
        return true;
      case 'data-cr':
        if (octet !== CR) return this.#fail('bad-chunk', `expected CR LF after the data of a chunk, got ${describeOctet(octet)}`);
        this.#step = 'data-lf';
        return true;
      case 'data-lf':
        if (octet !== LF) return this.#fail('bad-chunk', `expected LF after CR behind the data of a chunk, got ${describeOctet(octet)}`);
        this.#step = 'first-digit';
        this.#lineLeft = this.#lineOctets;
        return true;
      case 'data':
      case 'trailers':
        return true;
    }
  }

  #readSize(octet: number): boolean {
    const value = hexDigitValue(octet);
    if (value >= 0) {
      this.#size = this.#size * 16 + value;
      this.#step = 'digits';
      if (this.#size > Number.MAX_SAFE_INTEGER) return this.#fail('bad-chunk', 'expected a chunk size below 2^53');
      return this.#countLineOctet();
    }
    const isSizeOver = this.#step === 'digits' && (octet === CR || octet === SEMICOLON);
    if (!isSizeOver) return this.#fail('bad-chunk', `expected a chunk size in hexadecimal digits, then CR LF or ";", got ${describeOctet(octet)}`);
    this.#step = octet === CR ? 'size-lf' : 'extensions';
    return octet === CR || this.#countLineOctet();
  }

  #countLineOctet(): boolean {
    this.#lineLeft--;
    return this.#lineLeft >= 0 || this.#fail('bad-chunk', `expected the chunk size line to end within ${this.#lineOctets} octets`);
  }

  #fail(code: FramingError['code'], message: string): false {
    this.outcome = 'failed';
    this.failure = framingError(code, message);
    return false;
  }
}

type Step = 'first-digit' | 'digits' | 'extensions' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers';

/** Fields that would change the framing of a message that has already been framed. */
const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding']);
