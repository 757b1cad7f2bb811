import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@spotproof/core';
import { LoopWatch } from '../../src/health/loop-watch.ts';

/** A clock whose one timer runs as late as it is told to. */
class LateClock implements Clock {
  #now = 0;
  #timer: { readonly at: number; readonly run: () => void } | undefined;

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, run: () => void): () => void {
    this.#timer = { at: this.#now + delayMs, run };
    return () => {};
  }

  turn(lateMs: number): void {
    const timer = this.#timer;
    assert.ok(timer !== undefined);
    this.#now = timer.at + lateMs;
    timer.run();
  }
}

test('turns on time leave the loop live, late ones add up until it is stalled, and time heals it', () => {
  const clock = new LateClock();
  const watch = new LoopWatch(clock);
  const seen: string[] = [];

  for (const lateMs of [...Array.from({ length: 20 }, () => 5), ...Array.from({ length: 5 }, () => 4_000), ...Array.from({ length: 60 }, () => 5)]) {
    clock.turn(lateMs);
    seen.push(watch.view().status);
  }

  assert.deepEqual(new Set(seen.slice(0, 23)), new Set(['live']));
  assert.equal(seen[24], 'stalled');
  assert.equal(seen.at(-1), 'live');
});
