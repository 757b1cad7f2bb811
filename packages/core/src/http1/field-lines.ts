import { framingError } from './framing-error.ts';
import type { LineScanner } from './line-scanner.ts';
import { COLON, CR, HTAB, LF, SP, TEXT, TOKEN, describeOctet, isIn, octetAt } from './octets.ts';
import type { FramingError, RawHeaders } from './types.ts';

/**
 * Header and trailer lines: `name: value CRLF`, up to the empty line.
 *
 * As strict as llhttp is by default. A space before the colon, a folded line, a bare CR or a bare LF is each something that one of two
 * recipients reads as part of a line and the other as its end, and that difference is how a request is smuggled (RFC 9112, sections 2.2, 5.1, 5.2, 11.2).
 */
export class FieldLineScanner implements LineScanner {
  readonly tooLong = 'head-too-large';
  progress: LineScanner['progress'] = 'more';
  failure: FramingError | undefined;
  hasHighOctets = false;
  /** Four positions a line: where its name starts and ends, where its value starts and ends. */
  readonly #positions: number[] = [];
  #step: Step = 'first';

  reset(): void {
    this.progress = 'more';
    this.failure = undefined;
    this.hasHighOctets = false;
    this.#positions.length = 0;
    this.#step = 'first';
  }

  /** Whether any line has been read. */
  get isEmpty(): boolean {
    return this.#positions.length === 0;
  }

  /** Names and values, cut from the decoded section. */
  headers(text: string): RawHeaders {
    const positions = this.#positions;
    const headers: string[] = [];
    for (let index = 0; index < positions.length; index += 2) headers.push(text.slice(positions[index], positions[index + 1]));
    return headers;
  }

  scan(octets: Uint8Array, from: number, limit: number): number {
    let position = from;
    if (this.#step === 'first' && position < limit) {
      const isEmptyLine = octetAt(octets, position) === CR;
      if (isEmptyLine) position++;
      else this.#positions.push(position);
      this.#step = isEmptyLine ? 'last-lf' : 'name';
    }
    if (this.#step === 'name') position = this.#scanName(octets, position, limit);
    if (this.#step === 'before-value') position = this.#scanBeforeValue(octets, position, limit);
    if (this.#step === 'value') position = this.#scanValue(octets, position, limit);
    if (this.#step === 'lf' || this.#step === 'last-lf') return this.#scanLineFeed(octets, position, limit);
    if (this.progress !== 'failed') this.progress = 'more';
    return position;
  }

  #scanName(octets: Uint8Array, from: number, limit: number): number {
    let position = from;
    while (position < limit && isIn(octetAt(octets, position), TOKEN)) position++;
    if (position === limit) return position;

    const octet = octetAt(octets, position);
    const isNamed = position > (this.#positions.at(-1) ?? 0);
    if (octet !== COLON || !isNamed) {
      return this.#fail(position, `expected a header name and a colon, or the empty line that ends the headers, got ${describeOctet(octet)}`);
    }
    this.#positions.push(position);
    this.#step = 'before-value';
    return position + 1;
  }

  #scanBeforeValue(octets: Uint8Array, from: number, limit: number): number {
    let position = from;
    while (position < limit && isBlank(octetAt(octets, position))) position++;
    if (position < limit) {
      this.#positions.push(position);
      this.#step = 'value';
    }
    return position;
  }

  #scanValue(octets: Uint8Array, from: number, limit: number): number {
    let position = from;
    let seen = 0;
    for (; position < limit; position++) {
      const octet = octetAt(octets, position);
      if (!isIn(octet, TEXT)) break;
      seen |= octet;
    }
    if (seen > 0x7f) this.hasHighOctets = true;
    if (position === limit) return position;

    const octet = octetAt(octets, position);
    if (octet !== CR) return this.#fail(position, `expected the header value to end with CR LF, got ${describeOctet(octet)} in it`);
    const start = this.#positions.at(-1) ?? 0;
    let end = position;
    while (end > start && isBlank(octetAt(octets, end - 1))) end--;
    this.#positions.push(end);
    this.#step = 'lf';
    return position + 1;
  }

  #scanLineFeed(octets: Uint8Array, position: number, limit: number): number {
    if (position === limit) {
      this.progress = 'more';
      return position;
    }
    const octet = octetAt(octets, position);
    if (octet !== LF) return this.#fail(position, `expected LF after CR at the end of a header line, got ${describeOctet(octet)}`);
    this.progress = this.#step === 'lf' ? 'line' : 'section';
    this.#step = 'first';
    return position + 1;
  }

  #fail(position: number, message: string): number {
    this.progress = 'failed';
    this.failure = framingError('bad-header', message);
    this.#step = 'failed';
    return position;
  }
}

type Step = 'first' | 'name' | 'before-value' | 'value' | 'lf' | 'last-lf' | 'failed';

const isBlank = (octet: number): boolean => octet === SP || octet === HTAB;
