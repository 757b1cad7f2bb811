import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { bytes, done, failed, holder, LONG_MS, released } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

/** An answer that does not come says nothing about whether the write was made. So each is sent again, and must then be made once. */
export const RESEND_CASES: readonly ContractCase[] = [
  {
    name: 'an add that is sent again is one add',
    run: async (c) => {
      const request = { key: c.key(), token: randomUUID(), create: c.create(), afterMs: LONG_MS, keepMs: LONG_MS };
      const first = await c.store.add(request);
      const before = await c.record(request.key);

      const again = await c.store.add(request);

      assert.deepEqual([first, again], ['added', 'added']);
      assert.deepEqual(await c.record(request.key), before);
    },
  },
  {
    name: 'a claim that is sent again is one claim',
    run: async (c) => {
      const request = c.claim(c.key());

      const answers = await Promise.all([0, 1, 2, 3].map((index) => c.stores[index % c.stores.length]!.claim(request)));
      answers.push(await c.store.claim(request));

      for (const answer of answers) assert.deepEqual(answer, answers[0]);
      assert.equal(answers[0]?.outcome, 'won');
      const { interruptions, stalls, token } = await c.record(request.key);
      assert.deepEqual([interruptions, stalls, token], [0, 0, request.token]);
    },
  },
  {
    name: 'a claim that took over is one claim when it is sent again',
    run: async (c) => {
      const key = c.key();
      await c.winAndExpire(key);
      const second = await c.takeOver(key);

      const again = await c.store.claim(second.request);

      assert.deepEqual(again, second.won);
      const { interruptions, stalls } = await c.record(key);
      assert.deepEqual([interruptions, stalls], [1, 1]);
    },
  },
  {
    name: 'a claim that is sent again after its lease still holds, while nobody has taken over',
    run: async (c) => {
      const one = await c.winAndExpire(c.key());

      const again = await c.store.claim({ ...one.request, leaseMs: LONG_MS });

      assert.deepEqual(again, one.won);
      assert.equal((await c.store.claim(c.claim(one.key))).outcome, 'busy');
    },
  },
  {
    name: 'an old copy of a claim does not take back what its attempt has released',
    run: async (c) => {
      const one = await c.win(c.key());
      await c.store.settle({ ...holder(one), settlement: released() });
      const before = await c.record(one.key);

      const copy = await c.store.claim(one.request);

      assert.deepEqual(copy, { outcome: 'busy', because: 'not-due', retryAfterMs: 0 });
      assert.deepEqual(await c.record(one.key), before);
    },
  },
  {
    name: 'an old copy of a claim is told what its own attempt has settled',
    run: async (c) => {
      const one = await c.win(c.key());
      await c.store.settle({ ...holder(one), settlement: done(bytes('mine')) });

      const copy = await c.store.claim(one.request);

      assert.ok(copy.outcome === 'done' && copy.epoch === one.epoch);
    },
  },
  {
    name: 'a save that is sent again is one checkpoint',
    run: async (c) => {
      const one = await c.win(c.key());
      const save = { ...holder(one), seq: 1, version: 1, data: bytes('checkpoint'), leaseMs: LONG_MS };

      const answers = await Promise.all([0, 1, 2].map((index) => c.stores[index % c.stores.length]!.save(save)));
      answers.push(await c.store.save(save));
      const next = await c.store.save({ ...save, seq: 2, data: bytes('next') });

      assert.deepEqual([...answers, next], ['held', 'held', 'held', 'held', 'held']);
      assert.equal((await c.record(one.key)).seq, 2);
    },
  },
  {
    name: 'an old copy of a save that arrives after the next one is lost',
    run: async (c) => {
      const one = await c.win(c.key());
      const save = { ...holder(one), seq: 1, version: 1, data: bytes('one'), leaseMs: LONG_MS };
      await c.store.save(save);
      await c.store.save({ ...save, seq: 2, data: bytes('two') });
      const before = await c.record(one.key);

      const copy = await c.store.save(save);

      assert.equal(copy, 'lost');
      assert.deepEqual(await c.record(one.key), before);
    },
  },
  ...[
    { what: 'done', settlement: done() },
    { what: 'failed', settlement: failed() },
    { what: 'released', settlement: released({ counts: 'interruption', checkpoint: { seq: 1, version: 1, data: bytes('last') } }) },
  ].map(({ what, settlement }): ContractCase => ({
    name: `${what} is settled once when it is sent again`,
    run: async (c) => {
      const one = await c.win(c.key());
      const first = await c.store.settle({ ...holder(one), settlement });
      const before = await c.record(one.key);

      const again = await Promise.all([0, 1, 2].map((index) => c.stores[index % c.stores.length]!.settle({ ...holder(one), settlement })));

      assert.deepEqual([first, ...again], ['held', 'held', 'held', 'held']);
      assert.deepEqual(await c.record(one.key), before);
    },
  })),
  {
    name: 'a failure that is sent again counts once',
    run: async (c) => {
      const one = await c.win(c.key());
      const settle = { ...holder(one), settlement: released({ counts: 'failure', result: bytes('error') }) };

      const answers = await Promise.all([0, 1, 2, 3].map((index) => c.stores[index % c.stores.length]!.settle(settle)));
      answers.push(await c.store.settle(settle));

      assert.deepEqual(new Set(answers), new Set(['held']));
      assert.equal((await c.record(one.key)).failures, 1);
    },
  },
  {
    name: 'an old copy of a release does not release the next attempt',
    run: async (c) => {
      const key = c.key();
      const one = await c.win(key);
      const release = { ...holder(one), settlement: released({ counts: 'failure' }) };
      await c.store.settle(release);
      const second = await c.takeOver(key);

      const copy = await c.store.settle(release);

      assert.equal(copy, 'lost');
      const { state, token, failures } = await c.record(key);
      assert.deepEqual([state, token, failures], ['held', second.token, 1]);
    },
  },
];
