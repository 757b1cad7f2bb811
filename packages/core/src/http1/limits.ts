import { SpotproofError } from '../errors.ts';
import type { FramerOptions } from './types.ts';

export interface Limits {
  readonly lineOctets: number;
  readonly headerOctets: number;
  readonly headOctets: number;
}

/** The limits of `options`, each checked. Throws SPOTPROOF_CONFIG_INVALID. */
export function limitsOf(options: FramerOptions, defaultHeadOctets: number): Limits {
  return {
    lineOctets: limit('maxLineOctets', options.maxLineOctets ?? 16_384),
    headerOctets: limit('maxHeaderOctets', options.maxHeaderOctets ?? 16_384),
    headOctets: limit('maxHeadOctets', options.maxHeadOctets ?? defaultHeadOctets),
  };
}

function limit(option: string, value: number): number {
  if (Number.isInteger(value) && value >= MIN_OCTETS && value <= MAX_OCTETS) return value;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `${option} must be a whole number of octets from ${MIN_OCTETS} to ${MAX_OCTETS}, got ${value}. Leave it out for the limit of an Application Load Balancer.`,
    { details: { option, value } },
  );
}

const MIN_OCTETS = 16;
const MAX_OCTETS = 2 ** 24;
