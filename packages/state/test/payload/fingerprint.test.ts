import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import test from 'node:test';
import fc from 'fast-check';
import { isSpotproofError } from '@spotproof/core';
import { fingerprintOf } from '../../src/payload/index.ts';

test('the order of properties and those that are undefined make no difference', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const shuffled = Object.fromEntries([...Object.entries(value), ['\u0001none', undefined]].toReversed());

      assert.equal(fingerprintOf([shuffled]), fingerprintOf([value]));
    }),
  );
});

test('two values that differ have two fingerprints', () => {
  const some = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(undefined, Number.NaN, 0n, 1n, new Date(0), new Date(1), new Map(), new Map([[1, 2]]), new Set(), new Set([1])),
    fc.constantFrom<unknown>(Buffer.from(''), Buffer.from('a'), '#1', 'null', '[]', 'm[]', 's[]', [[]], [['a', 'b']], ['a,b'], new Set([new Set()])),
  );
  fc.assert(
    fc.property(fc.tuple(some, some), fc.tuple(some, some), (a, b) => {
      fc.pre(!isDeepStrictEqual(plain(a), plain(b)));

      assert.notEqual(fingerprintOf(a), fingerprintOf(b));
    }),
    { numRuns: 2000 },
  );
});

test('what a value is compared with may have been written years ago: fingerprints never change', () => {
  assert.equal(fingerprintOf([]), 'T1PNoYwrqgwDVLtfmj7L5e0Sq02OEbqHPC8RFhICuUU');
  assert.equal(fingerprintOf([{ b: 'ä"', a: [1, null, true] }, undefined]), 'NCXh89XH5q4Y1w4oC9cBLQFtVEQpkFY0sII_DwdPSBA');
  assert.equal(
    fingerprintOf([1.5, -0, 2n, new Date(7), new Map([['k', new Set([1])]]), Buffer.from('x')]),
    'GCknBVWPkk7zmYEFoSDB7x_s952y4_20OxCqeMKhK4U',
  );
});

test('what cannot be compared is refused before anything is done, with the place where it is', () => {
  for (const value of [{ signal: new AbortController().signal }, { signal: () => 1 }, { signal: Symbol('s') }]) {
    assert.throws(
      () => fingerprintOf([value]),
      (error) =>
        isSpotproofError(error, 'SPOTPROOF_NOT_STORABLE') && error.details['path'] === 'value[0].signal' && /`fingerprint`/.test(error.message),
    );
  }
});

/** As the fingerprint sees it: -0 is 0, and a prototype is no difference. */
function plain(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}
