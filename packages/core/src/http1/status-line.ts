import { framingError } from './framing-error.ts';
import { HTTP_VERSION_OCTETS, versionOctetError } from './http-version.ts';
import type { LineScanner } from './line-scanner.ts';
import { CR, LF, SP, TEXT, describeOctet, isDigit, isIn, octetAt } from './octets.ts';
import type { FramingError } from './types.ts';

/** `HTTP/1.x SP status SP reason CRLF`. The reason may be empty, and servers that then leave out its space too are understood. */
export class StatusLineScanner implements LineScanner {
  readonly tooLong = 'bad-start-line';
  progress: LineScanner['progress'] = 'more';
  failure: FramingError | undefined;
  hasHighOctets = false;
  #step: 'code' | 'reason' | 'lf' = 'code';
  #reasonEnd = 0;

  reset(): void {
    this.progress = 'more';
    this.failure = undefined;
    this.hasHighOctets = false;
    this.#step = 'code';
  }

  /** The parts, cut from the decoded section. */
  parts(text: string): { readonly version: '1.0' | '1.1'; readonly status: number; readonly reason: string } {
    return {
      version: text.charAt(MINOR_AT) === '0' ? '1.0' : '1.1',
      status: Number(text.slice(CODE_AT, CODE_END)),
      reason: text.slice(CODE_END + 1, this.#reasonEnd),
    };
  }

  scan(octets: Uint8Array, from: number, limit: number): number {
    let position = from;
    this.progress = 'more';
    if (this.#step === 'code') position = this.#scanCode(octets, position, limit);
    if (this.#step === 'reason') position = this.#scanReason(octets, position, limit);
    if (this.#step === 'lf' && position < limit) return this.#scanLineFeed(octets, position);
    return position;
  }

  #scanCode(octets: Uint8Array, from: number, limit: number): number {
    for (let position = from; position < limit; position++) {
      const octet = octetAt(octets, position);
      if (position < HTTP_VERSION_OCTETS) {
        const error = versionOctetError(octets, position, position);
        if (error !== undefined) return this.#fail(position, error.message, error.code);
      } else if (position === HTTP_VERSION_OCTETS) {
        if (octet !== SP) return this.#fail(position, `expected one space after the HTTP version, got ${describeOctet(octet)}`);
      } else if (position < CODE_END) {
        if (!isDigit(octet) || (position === CODE_AT && octet === ZERO)) {
          return this.#fail(position, `expected a status from 100 to 999, got ${describeOctet(octet)} in it`);
        }
      } else {
        return this.#endCode(octet, position);
      }
    }
    return limit;
  }

  #endCode(octet: number, position: number): number {
    this.#reasonEnd = position;
    if (octet === SP) this.#step = 'reason';
    else if (octet === CR) this.#step = 'lf';
    else return this.#fail(position, `expected a space after the status, got ${describeOctet(octet)}`);
    return position + 1;
  }

  #scanReason(octets: Uint8Array, from: number, limit: number): number {
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
    if (octet !== CR) return this.#fail(position, `expected the status line to end with CR LF, got ${describeOctet(octet)} in the reason`);
    this.#reasonEnd = position;
    this.#step = 'lf';
    return position + 1;
  }

  #scanLineFeed(octets: Uint8Array, position: number): number {
    const octet = octetAt(octets, position);
    if (octet !== LF) return this.#fail(position, `expected LF after CR at the end of the status line, got ${describeOctet(octet)}`);
    this.progress = 'line';
    return position + 1;
  }

  #fail(position: number, message: string, code: FramingError['code'] = 'bad-start-line'): number {
    this.progress = 'failed';
    this.failure = framingError(code, message);
    return position;
  }
}

const MINOR_AT = HTTP_VERSION_OCTETS - 1;
const CODE_AT = HTTP_VERSION_OCTETS + 1;
const CODE_END = CODE_AT + 3;
const ZERO = 0x30;
