import { hash } from 'node:crypto';
import { DEEPEST } from './json-codec.ts';
import { namedKind, notStorable, stepTo } from './not-storable.ts';
import { isPlainArray, isPlainObject } from './plain.ts';

/**
 * A digest of what a value says, 43 characters: equal for equal values, whatever the order of their properties. Text, numbers, bigints, booleans, null and
 * undefined, plain objects and arrays, Date, Map, Set and bytes; a property that is `undefined` counts as absent. What it says of a value never changes
 * between releases, for it is compared with what is stored.
 *
 * @throws SpotproofError `SPOTPROOF_NOT_STORABLE` for anything else, naming where.
 */
export function fingerprintOf(value: unknown): string {
  return digestOf(canonical(value, '', 0));
}

/** SHA-256, in 43 characters of base64url. */
export function digestOf(content: string | Uint8Array): string {
  return hash('sha256', content, 'base64url');
}

/** No two values have the same text: each kind begins in its own way, text is in quotes, and what holds others is in brackets. */
function canonical(value: unknown, path: string, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  // String(-0) is '0'.
  if (typeof value === 'number') return `#${value}`;
  if (typeof value === 'boolean' || value === null || value === undefined) return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object') throw cannotCompare(path, value);
  if (depth > DEEPEST)
    throw notStorable('', `a value more than ${DEEPEST} levels deep`, 'Is it part of itself? Give a fingerprint of what identifies it');
  if (isPlainArray(value)) return `[${Array.from(value, (each, at) => canonical(each, stepTo(path, at), depth + 1)).join()}]`;
  if (isPlainObject(value)) return canonicalObject(value, path, depth);
  if (value instanceof Date) return `@${value.getTime()}`;
  if (ArrayBuffer.isView(value)) return `<${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64url')}>`;
  if (value instanceof Map)
    return `(${[...value]
      .map((entry) => canonical(entry, path, depth + 1))
      .toSorted()
      .join()})`;
  if (value instanceof Set)
    return `|${[...value]
      .map((each) => canonical(each, path, depth + 1))
      .toSorted()
      .join()}|`;
  throw cannotCompare(path, value);
}

function canonicalObject(value: Readonly<Record<string, unknown>>, path: string, depth: number): string {
  const parts: string[] = [];
  for (const name of Object.keys(value).toSorted()) {
    const each = value[name];
    if (each !== undefined) parts.push(`${JSON.stringify(name)}:${canonical(each, stepTo(path, name), depth + 1)}`);
  }
  return `{${parts.join()}}`;
}

function cannotCompare(path: string, value: unknown): Error {
  return notStorable(path, namedKind(value), 'Give `fingerprint`, which says what of the input must be the same, or false');
}
