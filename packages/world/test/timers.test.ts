import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PickableSet } from '../src/pickable-set.ts';
import { createRandom } from '../src/random.ts';
import { Timers } from '../src/timers.ts';

describe('Timers', () => {
  it('come out by time, and in the order of adding within one instant', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const timers = new Timers<number>();
        times.forEach((at, index) => timers.add(at, index));

        const taken: [number, number][] = [];
        for (let due = timers.takeDue(100); due !== undefined; due = timers.takeDue(100)) taken.push([due.at, due.job]);

        const expected = times.map((at, index): [number, number] => [at, index]).toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
        assert.deepEqual(taken, expected);
      }),
    );
  });

  it('stay in until they are due', () => {
    const timers = new Timers<string>();
    timers.add(10, 'a');

    assert.equal(timers.takeDue(9), undefined);
    assert.equal(timers.nextAt, 10);
    assert.deepEqual(timers.takeDue(10)?.job, 'a');
    assert.equal(timers.nextAt, undefined);
  });
});

describe('PickableSet', () => {
  it('holds what a set holds, and picks different members of it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(15))), fc.nat(20), (changes, count) => {
        const picked = new PickableSet<number>();
        const expected = new Set<number>();
        for (const [adds, member] of changes) {
          if (adds) picked.add(member);
          else picked.delete(member);
          if (adds) expected.add(member);
          else expected.delete(member);
        }

        const some = picked.pick(count, createRandom(1, 'test'));

        assert.equal(picked.size, expected.size);
        assert.equal(new Set(some).size, Math.min(count, expected.size));
        assert.ok(some.every((member) => expected.has(member)));
      }),
    );
  });
});
