/**
 * Digits for the lines that are written for each request. Printing a fractional number costs more than the rest of such a line, so
 * times are put together from three digits at a time, and the digits of the second are kept.
 */

/** Epoch milliseconds with three decimals. */
export function epochDigits(epochMs: number): string {
  const wholeMs = Math.floor(epochMs);
  const second = Math.floor(wholeMs / 1000);
  keepSecond(second);
  return `${secondDigits}${THREE[wholeMs - second * 1000]}.${THREE[Math.floor((epochMs - wholeMs) * 1000)]}`;
}

/** ISO 8601 with microseconds. */
export function isoMicroseconds(epochMs: number): string {
  const wholeMs = Math.floor(epochMs);
  const second = Math.floor(wholeMs / 1000);
  keepSecond(second);
  return `${secondIso}${THREE[wholeMs - second * 1000]}${THREE[Math.floor((epochMs - wholeMs) * 1000)]}Z`;
}

/** A duration with three decimals, in the unit it is given in; negative ones count as zero. */
export function threeDecimals(value: number): string {
  const atLeastZero = Math.max(0, value);
  const whole = Math.floor(atLeastZero);
  return `${whole}.${THREE[Math.floor((atLeastZero - whole) * 1000)]}`;
}

function keepSecond(second: number): void {
  if (second === keptSecond) return;
  keptSecond = second;
  secondDigits = String(second);
  secondIso = new Date(second * 1000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss.'.length);
}

let keptSecond = -1;
let secondDigits = '';
let secondIso = '';

/** 000 to 999. */
const THREE: readonly string[] = Array.from({ length: 1000 }, (_, number) => String(number).padStart(3, '0'));
