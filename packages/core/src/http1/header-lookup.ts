import type { RawHeaders } from './types.ts';

/**
 * The value of a header, its name in any case; undefined when it is not there. Several lines of one name are joined with `, ` in their
 * order, as RFC 9110 section 5.3 allows for every field but `Set-Cookie`.
 */
export function headerValue(headers: RawHeaders, name: string): string | undefined {
  const lowerName = name.toLowerCase();
  let value: string | undefined;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (!isNamed(headers[index], lowerName)) continue;
    const line = headers[index + 1] ?? '';
    value = value === undefined ? line : `${value}, ${line}`;
  }
  return value;
}

/** Whether the comma-separated list `value` has `token` as an element, in any case: `hasToken('Keep-Alive, Upgrade', 'upgrade')`. */
export function hasToken(value: string | undefined, token: string): boolean {
  if (value === undefined || value.length < token.length) return false;
  const lowerToken = token.toLowerCase();
  const lowerValue = value.toLowerCase();
  return lowerValue === lowerToken || (lowerValue.includes(lowerToken) && listElements(lowerValue).includes(lowerToken));
}

/** The elements of a comma-separated list without the spaces and tabs around them. Empty elements are kept. */
export const listElements = (value: string): readonly string[] => value.split(',').map((element) => element.replace(OPTIONAL_WHITESPACE, ''));

const isNamed = (candidate: string | undefined, lowerName: string): boolean =>
  candidate !== undefined && candidate.length === lowerName.length && (candidate === lowerName || candidate.toLowerCase() === lowerName);

const OPTIONAL_WHITESPACE = /^[ \t]+|[ \t]+$/g;
