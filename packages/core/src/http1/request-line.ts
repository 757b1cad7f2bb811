import { framingError } from './framing-error.ts';
import { HTTP_VERSION_OCTETS, versionOctetError } from './http-version.ts';
import type { LineScanner } from './line-scanner.ts';
import { CR, LF, SP, TOKEN, VISIBLE, describeOctet, isIn, octetAt } from './octets.ts';
import type { FramingError } from './types.ts';

/**
 * `method SP target SP HTTP/1.x CRLF`, with exactly those separators. Any token is a method: which ones exist is the application's business.
 */
export class RequestLineScanner implements LineScanner {
  readonly tooLong = 'target-too-long';
  readonly hasHighOctets = false;
  progress: LineScanner['progress'] = 'more';
  failure: FramingError | undefined;
  #step: 'method' | 'target' | 'rest' = 'method';
  #methodEnd = 0;
  #targetEnd = 0;

  reset(): void {
    this.progress = 'more';
    this.failure = undefined;
    this.#step = 'method';
  }

  /** The parts, cut from the decoded section. */
  parts(text: string): { readonly method: string; readonly target: string; readonly version: '1.0' | '1.1' } {
    const versionEnd = this.#targetEnd + 1 + HTTP_VERSION_OCTETS;
    return {
      method: text.slice(0, this.#methodEnd),
      target: text.slice(this.#methodEnd + 1, this.#targetEnd),
      version: text.charAt(versionEnd - 1) === '0' ? '1.0' : '1.1',
    };
  }

  scan(octets: Uint8Array, from: number, limit: number): number {
    let position = from;
    this.progress = 'more';
    if (this.#step === 'method') position = this.#scanMethod(octets, position, limit);
    if (this.#step === 'target') position = this.#scanTarget(octets, position, limit);
    if (this.#step === 'rest') position = this.#scanRest(octets, position, limit);
    return position;
  }

  #scanMethod(octets: Uint8Array, from: number, limit: number): number {
    let position = from;
    while (position < limit && isIn(octetAt(octets, position), TOKEN)) position++;
    if (position === limit) return position;

    const octet = octetAt(octets, position);
    if (octet !== SP || position === 0) return this.#fail(position, `expected a request method and a space, got ${describeOctet(octet)}`);
    this.#methodEnd = position;
    this.#step = 'target';
    return position + 1;
  }

  #scanTarget(octets: Uint8Array, from: number, limit: number): number {
    let position = from;
    while (position < limit && isIn(octetAt(octets, position), VISIBLE)) position++;
    if (position === limit) return position;

    const octet = octetAt(octets, position);
    if (octet !== SP || position === this.#methodEnd + 1) {
      return this.#fail(position, `expected a request target and a single space, got ${describeOctet(octet)}`);
    }
    this.#targetEnd = position;
    this.#step = 'rest';
    return position + 1;
  }

  #scanRest(octets: Uint8Array, from: number, limit: number): number {
    const start = this.#targetEnd + 1;
    for (let position = from; position < limit; position++) {
      const octet = octetAt(octets, position);
      const index = position - start;
      if (index < HTTP_VERSION_OCTETS) {
        const error = versionOctetError(octets, position, index);
        if (error !== undefined) return this.#fail(position, error.message, error.code);
      } else if (index === HTTP_VERSION_OCTETS) {
        if (octet !== CR) return this.#fail(position, `expected CR LF after the HTTP version, got ${describeOctet(octet)}`);
      } else {
        if (octet !== LF) return this.#fail(position, `expected LF after CR at the end of the request line, got ${describeOctet(octet)}`);
        this.progress = 'line';
        return position + 1;
      }
    }
    return limit;
  }

  #fail(position: number, message: string, code: FramingError['code'] = 'bad-start-line'): number {
    this.progress = 'failed';
    this.failure = framingError(code, message);
    return position;
  }
}
