import { FieldLineScanner } from './field-lines.ts';
import { framingError } from './framing-error.ts';
import type { Limits } from './limits.ts';
import type { LineScanner } from './line-scanner.ts';
import { decodeLatin1 } from './octets.ts';
import type { FramingError, RawHeaders } from './types.ts';

/**
 * Reads a section of lines that ends with an empty one: a head when there is a scanner for its start line, else the trailers.
 * A section that comes in one piece is read where it lies; only one that is cut is copied together.
 */
export class SectionReader {
  readonly #startLine: LineScanner | undefined;
  readonly #limits: Limits;
  readonly #fields = new FieldLineScanner();
  #line: LineScanner;
  /** Pieces of a section that was cut, copied together; empty until that happens. */
  #store = NOTHING;
  #storedOctets = 0;
  #lineStart = 0;
  #scannedOctets = 0;
  #section = NOTHING;
  outcome: 'more' | 'done' | 'failed' = 'more';
  failure: FramingError | undefined;

  constructor(startLine: LineScanner | undefined, limits: Limits) {
    this.#startLine = startLine;
    this.#limits = limits;
    this.#line = startLine ?? this.#fields;
  }

  /** Makes ready for the next section. */
  reset(): void {
    this.#startLine?.reset();
    this.#fields.reset();
    this.#line = this.#startLine ?? this.#fields;
    this.#storedOctets = 0;
    this.#lineStart = 0;
    this.#scannedOctets = 0;
    this.outcome = 'more';
    this.failure = undefined;
  }

  /** Reads on at `from` in `chunk` and returns where it stopped: behind the section, at the octet that is wrong, or at the end of the chunk. */
  read(chunk: Uint8Array, from: number): number {
    const piece = from === 0 ? chunk : chunk.subarray(from);
    if (this.#storedOctets === 0) {
      this.#scan(piece, piece.length);
      if (this.outcome === 'more') this.#append(piece);
      else this.#section = piece;
      return from + this.#scannedOctets;
    }
    const before = this.#storedOctets;
    this.#append(piece);
    this.#scan(this.#store, before + piece.length);
    this.#section = this.#store;
    return from + this.#scannedOctets - before;
  }

  /** The octets of a section that is done, valid until the next is read. Hands them over: an idle connection must not hold on to the chunk. */
  take(): Uint8Array {
    const section = this.#section;
    this.#section = NOTHING;
    return section.length === this.#scannedOctets ? section : section.subarray(0, this.#scannedOctets);
  }

  /** A section that is done, one character an octet. */
  decode(wire: Uint8Array): string {
    return decodeLatin1(wire, !this.#fields.hasHighOctets && this.#startLine?.hasHighOctets !== true);
  }

  /** Whether a section that is done has no header lines. */
  get hasNoHeaders(): boolean {
    return this.#fields.isEmpty;
  }

  headers(text: string): RawHeaders {
    return this.#fields.headers(text);
  }

  /** `available` counts all octets that have come, also those beyond the longest section, which are never stored. */
  #scan(octets: Uint8Array, available: number): void {
    let position = this.#scannedOctets;
    for (;;) {
      const lineEnd = this.#lineStart + this.#longestLine() + CRLF_OCTETS;
      const limit = Math.min(available, lineEnd, this.#limits.headOctets);
      position = this.#line.scan(octets, position, limit);
      if (this.#line.progress === 'line') {
        this.#line = this.#fields;
        this.#lineStart = position;
        continue;
      }
      if (this.#line.progress === 'section') this.outcome = 'done';
      else if (this.#line.progress === 'failed') this.#fail(this.#line.failure);
      else if (position < available) this.#fail(this.#limitError(lineEnd));
      this.#scannedOctets = position;
      return;
    }
  }

  #longestLine(): number {
    return this.#line === this.#startLine ? this.#limits.lineOctets : this.#limits.headerOctets;
  }

  #limitError(lineEnd: number): FramingError {
    if (this.#limits.headOctets <= lineEnd) {
      return framingError('head-too-large', `expected the head or the trailers to end within ${this.#limits.headOctets} octets`);
    }
    return framingError(this.#line.tooLong, `expected the line at octet ${this.#lineStart} to end within ${this.#longestLine()} octets`);
  }

  #fail(failure: FramingError | undefined): void {
    this.outcome = 'failed';
    this.failure = failure;
  }

  #append(piece: Uint8Array): void {
    const size = Math.min(this.#storedOctets + piece.length, this.#limits.headOctets);
    if (this.#store.length < size) {
      const larger = new Uint8Array(Math.max(SMALLEST_STORE_OCTETS, size * 2));
      larger.set(this.#store.subarray(0, this.#storedOctets));
      this.#store = larger;
    }
    this.#store.set(piece.subarray(0, size - this.#storedOctets), this.#storedOctets);
    this.#storedOctets = size;
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);
const CRLF_OCTETS = 2;
const SMALLEST_STORE_OCTETS = 256;
