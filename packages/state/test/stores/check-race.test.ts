import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRace } from '../../src/stores/check-race.ts';
import { MemoryStore } from '../../src/stores/memory/memory-store.ts';
import { BrokenStore } from '../support/broken-store.ts';

test('a store in which two claims of one key can win is refused by its check', async () => {
  await assert.rejects(checkRace(new BrokenStore({ readsThenWrites: new Set(['claim']) }, Date.now)), {
    code: 'SPOTPROOF_STORE',
    retryable: false,
    message: /^Of 4 claims of one key that raced in .*, exactly one should win, and 4 did\./,
  });
});

test('the race of a check leaves no record behind', async () => {
  const store = new MemoryStore();

  await Promise.all([checkRace(store), checkRace(store)]);

  assert.deepEqual((await store.list({ limit: 10 })).records, []);
});
