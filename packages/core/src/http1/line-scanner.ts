import type { FramingError } from './types.ts';

/**
 * Reads one line after another out of octets that arrive in pieces. It never looks at an octet twice and never past `limit`, so what it
 * finds depends on the octets alone, not on where they were cut.
 */
export interface LineScanner {
  /** What the last {@link scan} came to: `more` octets needed, a `line` is over, the empty line that ends the `section` is over, or `failed`. */
  readonly progress: 'more' | 'line' | 'section' | 'failed';
  /** Why, when `progress` is `failed`. The position returned is that of the octet which made the line wrong. */
  readonly failure: FramingError | undefined;
  /** An octet above 127 was seen since {@link reset}. */
  readonly hasHighOctets: boolean;
  /** The error for a line that is longer than its limit. */
  readonly tooLong: FramingError['code'];
  /** Forgets everything: the next section begins, at position 0. */
  reset(): void;
  /** Reads on at `from`, in the same section of octets as before, and returns where it stopped: after the line, or at `limit`. */
  scan(octets: Uint8Array, from: number, limit: number): number;
}
