import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAPACITY_STATES } from '@spotproof/core/capacity';
import type { UnitMemory } from '@spotproof/controller';
import fc from 'fast-check';
import { decodeMemory, encodeMemory } from '../src/aws/tag-memory.ts';
import { parseMemory } from '../src/parse-memory.ts';

const time = fc.integer({ min: 0, max: 4e12 });
const count = fc.integer({ min: 0, max: 5_000 });
const PLAIN = { noNullPrototype: true };
const memories: fc.Arbitrary<UnitMemory> = fc.record(
  {
    capacity: fc.record(
      {
        state: fc.constantFrom(...CAPACITY_STATES),
        held: fc.option(fc.record({ target: count, at: time }, PLAIN), { nil: undefined }),
        shortSince: fc.option(time, { nil: undefined }),
        stableSince: fc.option(time, { nil: undefined }),
        stableForMs: fc.integer({ min: 0, max: 3_600_000 }),
        raisedAt: fc.option(time, { nil: undefined }),
        releasedAt: fc.option(time, { nil: undefined }),
        progress: fc.option(fc.record({ serving: count, at: time }, PLAIN), { nil: undefined }),
        suspendedScaleIn: fc.boolean(),
      },
      PLAIN,
    ),
    readAt: time,
  },
  PLAIN,
);

test('a memory comes back from a table as it went there', () => {
  fc.assert(fc.property(memories, (memory) => assert.deepEqual(parseMemory(JSON.stringify(memory)), memory)));
});

test('a memory comes back from a tag as it went there, in the characters and the length that a tag may have', () => {
  fc.assert(
    fc.property(memories, (memory) => {
      const text = encodeMemory(memory);
      assert.match(text, /^[\w+\-=.:/@ ]{0,256}$/);
      assert.deepEqual(decodeMemory(text), memory);
    }),
  );
});

test('whatever stands in the table or the tag, nothing is thrown and nonsense is no memory', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^1\/NORMAL[\w/]{0,60}$/)), (text) => {
      for (const memory of [parseMemory(text), decodeMemory(text)])
        assert.ok(memory === undefined || CAPACITY_STATES.includes(memory.capacity.state));
    }),
  );
  assert.equal(parseMemory(undefined), undefined);
});

test('a memory with a wait that no plan could have asked for, or with a count below zero, is none: believed, it would keep the fallback for years', () => {
  for (const [field, value] of [
    ['stableForMs', 1e13],
    ['stableForMs', -1],
    ['held', { target: -5, at: 5 }],
    ['held', { target: 1e9, at: 5 }],
    ['progress', { serving: -1, at: 5 }],
  ] as const) {
    const [memory] = fc.sample(memories, 1);
    assert.ok(memory !== undefined);
    const corrupt: UnitMemory = { ...memory, capacity: { ...memory.capacity, [field]: value } };
    assert.equal(parseMemory(JSON.stringify(corrupt)), undefined, `${field} in a table`);
    assert.equal(decodeMemory(encodeMemory(corrupt)), undefined, `${field} in a tag`);
  }
});
