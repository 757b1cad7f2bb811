import { framingError } from './framing-error.ts';
import { describeOctet, isDigit, octetAt } from './octets.ts';
import type { FramingError } from './types.ts';

/** Octets in `HTTP/1.1`. */
export const HTTP_VERSION_OCTETS = 8;

/**
 * What is wrong with the octet at `position`, being number `index` (0 to 7) of an HTTP version; undefined when nothing is.
 * 1.0 and 1.1 are spoken. Any other well-formed version is `bad-version`: this framing cannot be right for it.
 */
export function versionOctetError(octets: Uint8Array, position: number, index: number): FramingError | undefined {
  const octet = octetAt(octets, position);
  if (index === MAJOR || index === MINOR ? !isDigit(octet) : octet !== PATTERN.charCodeAt(index)) {
    return framingError('bad-start-line', `expected "HTTP/1.1" or "HTTP/1.0", got ${describeOctet(octet)} as its octet ${index + 1}`);
  }
  if (index !== MINOR) return undefined;
  const major = octetAt(octets, position - (MINOR - MAJOR)) - ZERO;
  const minor = octet - ZERO;
  if (major === 1 && minor <= 1) return undefined;
  return framingError('bad-version', `expected HTTP version 1.1 or 1.0, got ${major}.${minor}`);
}

const PATTERN = 'HTTP/1.1';
const MAJOR = 5;
const MINOR = 7;
const ZERO = 0x30;
