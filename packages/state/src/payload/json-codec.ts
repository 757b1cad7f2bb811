import type { Codec } from './codec.ts';
import { namedKind, notStorable, type Trail } from './not-storable.ts';
import { isPlainObject, isPlainArray } from './plain.ts';

/**
 * JSON, and nothing that JSON would change on the way: no Date, Map or other class, no `undefined` inside, no NaN or Infinity, no bigint, no cycle, no gap in
 * an array. The value itself may be `undefined`, for work that returns nothing. Two things are taken as equal: -0 and 0, and an object without a prototype
 * and one with.
 */
export function jsonCodec<T>(): Codec<T> {
  // Whoever stored the value under this key had this type; JSON has no way to say so.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return codec as Codec<T>;
}

const codec: Codec<unknown> = {
  encode(value) {
    if (value === undefined) return NOTHING;
    checkValue(value, []);
    return Buffer.from(JSON.stringify(value));
  },
  decode(bytes) {
    return bytes.byteLength === 0 ? undefined : (JSON.parse(text(bytes)) as unknown);
  },
};

/** Depth stands in for the search for cycles: who is in a cycle is deeper than anything that is meant. */
function checkValue(value: unknown, trail: Trail): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return;
    throw notStorable(trail, String(value), 'JSON has no such number: store null or a text');
  }
  if (typeof value !== 'object') throw notStorable(trail, namedKind(value), adviceFor(value));
  if (trail.length > DEEPEST)
    throw notStorable([], `a value more than ${DEEPEST} levels deep`, 'Is it part of itself? Store identifiers instead of objects');
  if (isPlainArray(value)) return checkArray(value, trail);
  if (!isPlainObject(value)) throw notStorable(trail, namedKind(value), adviceFor(value));
  if (Object.getOwnPropertySymbols(value).length > 0) throw notStorable(trail, 'an object with a symbol as a key', 'JSON has only text');
  for (const name of Object.keys(value)) checkPart(value[name], name, trail);
}

function checkPart(part: unknown, name: string | number, trail: Trail): void {
  trail.push(name);
  checkValue(part, trail);
  trail.pop();
}

function checkArray(array: readonly unknown[], trail: Trail): void {
  for (let at = 0; at < array.length; at += 1) {
    if (!(at in array)) throw notStorable([...trail, at], 'a gap in an array', 'Store null');
    checkPart(array[at], at, trail);
  }
  if (Object.keys(array).length > array.length) throw notStorable(trail, 'an array with a property of its own', 'JSON keeps only its elements');
}

function adviceFor(value: unknown): string {
  if (value === undefined) return 'Leave the property out, or store null';
  if (typeof value === 'bigint') return 'Store String(value)';
  if (value instanceof Date) return 'Store value.toISOString()';
  if (ArrayBuffer.isView(value)) return "Store Buffer.from(value).toString('base64'), or give a codec";
  return 'Store its data as a plain object, or give a codec';
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

const NOTHING = new Uint8Array();
/** JSON.stringify and JSON.parse go much deeper on the stack that Node has. */
export const DEEPEST = 500;
