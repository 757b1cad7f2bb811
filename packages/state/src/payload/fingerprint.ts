import { hash } from 'node:crypto';
import { DEEPEST } from './json-codec.ts';
import { namedKind, notStorable, type Trail } from './not-storable.ts';
import { isPlainArray, isPlainObject } from './plain.ts';

/**
 * A digest of what a value says, 43 characters: equal for equal values, whatever the order of their properties. Text, numbers, bigints, booleans, null and
 * undefined, plain objects and arrays, Date, Map, Set and bytes; a property that is `undefined` counts as absent. What it says of a value never changes
 * between releases, for it is compared with what is stored.
 *
 * @throws SpotproofError `SPOTPROOF_NOT_STORABLE` for anything else, naming where.
 */
export function fingerprintOf(value: unknown): string {
  return digestOf(canonical(value, []));
}

/** SHA-256, in 43 characters of base64url. */
export function digestOf(content: string | Uint8Array): string {
  return hash('sha256', content, 'base64url');
}

/** No two values have the same text: each kind begins in its own way, text is in quotes, and what holds others is in brackets. */
function canonical(value: unknown, trail: Trail): string {
  if (typeof value === 'string') return JSON.stringify(value);
  // String(-0) is '0'.
  if (typeof value === 'number') return `#${value}`;
  if (typeof value === 'boolean' || value === null || value === undefined) return String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object') throw cannotCompare(trail, value);
  if (trail.length > DEEPEST)
    throw notStorable([], `a value more than ${DEEPEST} levels deep`, 'Is it part of itself? Give a fingerprint of what identifies it');
  if (isPlainArray(value)) return `[${Array.from(value, (each, at) => canonicalPart(each, at, trail)).join()}]`;
  if (isPlainObject(value)) return canonicalObject(value, trail);
  if (value instanceof Date) return `@${value.getTime()}`;
  if (ArrayBuffer.isView(value)) return `<${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64url')}>`;
  if (value instanceof Map)
    return `(${[...value]
      .map((entry, at) => canonicalPart(entry, at, trail))
      .toSorted()
      .join()})`;
  if (value instanceof Set)
    return `|${[...value]
      .map((each, at) => canonicalPart(each, at, trail))
      .toSorted()
      .join()}|`;
  throw cannotCompare(trail, value);
}

function canonicalPart(part: unknown, name: string | number, trail: Trail): string {
  trail.push(name);
  const text = canonical(part, trail);
  trail.pop();
  return text;
}

function canonicalObject(value: Readonly<Record<string, unknown>>, trail: Trail): string {
  const parts: string[] = [];
  for (const name of Object.keys(value).toSorted()) {
    const each = value[name];
    if (each !== undefined) parts.push(`${JSON.stringify(name)}:${canonicalPart(each, name, trail)}`);
  }
  return `{${parts.join()}}`;
}

function cannotCompare(trail: Trail, value: unknown): Error {
  return notStorable(trail, namedKind(value), 'Give `fingerprint`, which says what of the input must be the same, or false');
}
