import { SpotproofError } from '@spotproof/core';

/**
 * @param path Where in the value, as {@link stepTo} makes it; '' is the value itself.
 * @param what Such as `a Date`.
 */
export function notStorable(path: string, what: string, advice: string): SpotproofError {
  const where = path === '' ? 'the value' : path;
  return new SpotproofError('SPOTPROOF_NOT_STORABLE', `No bytes stand for ${what} at ${where}. ${advice}.`, { details: { path: where } });
}

/** `value.items[3]["a b"]` */
export function stepTo(path: string, key: string | number): string {
  const from = path === '' ? 'value' : path;
  if (typeof key === 'number') return `${from}[${key}]`;
  return IDENTIFIER.test(key) ? `${from}.${key}` : `${from}[${JSON.stringify(key.slice(0, 60))}]`;
}

/** `a Date`, `undefined`, `a function`. */
export function namedKind(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  const name: unknown = value.constructor?.name;
  if (name === 'Object' || name === 'Array') return 'an object with toJSON()';
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class';
}

const IDENTIFIER = /^[A-Za-z_$][\w$]{0,59}$/;
