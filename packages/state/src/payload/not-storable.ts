import { SpotproofError } from '@spotproof/core';

/** The way from the value to a part of it. Walked with `push` and `pop`: nobody reads it unless there is something to complain about. */
export type Trail = (string | number)[];

/**
 * @param trail Where in the value; empty is the value itself.
 * @param what Such as `a Date`.
 */
export function notStorable(trail: Readonly<Trail>, what: string, advice: string): SpotproofError {
  const where = trail.length === 0 ? 'the value' : trail.reduce(stepTo, 'value');
  return new SpotproofError('SPOTPROOF_NOT_STORABLE', `No bytes stand for ${what} at ${where}. ${advice}.`, { details: { path: where } });
}

/** `value.items[3]["a b"]` */
function stepTo(from: string, key: string | number): string {
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
