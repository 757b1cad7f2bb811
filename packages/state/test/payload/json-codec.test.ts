import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { isSpotproofError } from '@spotproof/core';
import { jsonCodec } from '../../src/payload/index.ts';

const codec = jsonCodec<unknown>();

test('whatever the codec takes comes back the same', () => {
  fc.assert(
    fc.property(
      fc.anything({ withDate: true, withMap: true, withSet: true, withBigInt: true, withSparseArray: true, withNullPrototype: true }),
      (value) => {
        let bytes: Uint8Array;
        try {
          bytes = codec.encode(value);
        } catch (error) {
          assert.ok(isSpotproofError(error, 'SPOTPROOF_NOT_STORABLE'));
          return;
        }
        assert.deepEqual(withoutMinusZero(codec.decode(bytes)), withoutMinusZero(value));
      },
    ),
    { numRuns: 2000 },
  );
});

test('every JSON value is taken', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => assert.deepStrictEqual(withoutMinusZero(codec.decode(codec.encode(value))), withoutMinusZero(value))),
    { numRuns: 500 },
  );
});

const CYCLE: { self?: unknown } = {};
CYCLE.self = [CYCLE];

for (const [what, value, path, told] of [
  ['a Date', { at: new Date(0) }, 'value.at', /toISOString/],
  ['an undefined property', { a: { b: undefined } }, 'value.a.b', /undefined/],
  ['an undefined element', [1, undefined], 'value[1]', /undefined/],
  [
    'an instance of a class',
    {
      a: new (class Order {
        id = 1;
      })(),
    },
    'value.a',
    /an instance of Order/,
  ],
  ['an array of a class', [new (class List extends Array {})()], 'value[0]', /an instance of List/],
  ['a Map', new Map(), 'the value', /Map/],
  ['bytes', { image: Buffer.from('x') }, 'value.image', /Buffer/],
  ['NaN', [[Number.NaN]], 'value[0][0]', /NaN/],
  ['Infinity', -Infinity, 'the value', /-Infinity/],
  ['a bigint', { 'total cents': 1n }, 'value["total cents"]', /String\(value\)/],
  // oxlint-disable-next-line no-sparse-arrays
  ['a gap in an array', [1, , 3], 'value[1]', /gap/],
  ['an array with a name', Object.assign([1], { index: 0 }), 'the value', /property of its own/],
  ['a symbol as a key', { [Symbol('s')]: 1 }, 'the value', /symbol/],
  ['a function', { run: () => 1 }, 'value.run', /a function/],
  ['a value that speaks for itself', { toJSON: () => 'x' }, 'the value', /toJSON/],
  ['a boxed number', Object(1), 'the value', /Number/],
  ['a cycle', CYCLE, 'the value', /part of itself/],
] as const) {
  test(`${what} is refused, with the place where it is`, () => {
    assert.throws(
      () => codec.encode(value),
      (error) => isSpotproofError(error, 'SPOTPROOF_NOT_STORABLE') && error.details['path'] === path && told.test(error.message),
    );
  });
}

test('nothing at all, half a surrogate pair and a key named __proto__ come back as they were', () => {
  for (const value of [undefined, { text: '\ud800' }, JSON.parse('{"__proto__":{"admin":true}}') as unknown])
    assert.deepStrictEqual(codec.decode(codec.encode(value)), value);
});

/** -0 and 0 are taken as equal. */
function withoutMinusZero(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(withoutMinusZero);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutMinusZero(each)]));
}
