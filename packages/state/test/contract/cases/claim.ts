import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { bytes, done, holder, LONG_MS, released, SHORT_MS, text } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const CLAIM_CASES: readonly ContractCase[] = [
  {
    name: 'a claim of an unknown key creates its record, whole',
    run: async (c) => {
      const key = c.key();

      const { token, epoch, won } = await c.win(key, { create: c.create({ version: 7, fingerprint: 'f', data: bytes('first') }), version: 7 });

      assert.deepEqual({ ...won, data: text(won.data) }, { ...UNTOUCHED, outcome: 'won', epoch, version: 7, data: 'first' });
      const { dueAt, keepUntil, data, result, ...rest } = await c.record(key);
      assert.deepEqual(rest, { ...UNTOUCHED, key, kind: c.kind, state: 'held', token, epoch, fingerprint: 'f', version: 7 });
      assert.equal(text(data), 'first');
      assert.equal(result.byteLength, 0);
      assert.ok(Math.abs(keepUntil - (dueAt + LONG_MS)) <= 1, `kept for as long after the lease as was asked: ${keepUntil - dueAt}`);
    },
  },
  {
    name: 'a claim that does not create leaves an unknown key unknown',
    run: async (c) => {
      const key = c.key();

      const answer = await c.store.claim(c.claim(key, { create: undefined }));

      assert.deepEqual(answer, { outcome: 'absent' });
      assert.equal(await c.store.read(key), undefined);
    },
  },
  {
    name: 'of many claims of an unknown key at once, exactly one wins',
    run: async (c) => {
      for (let round = 0; round < 5; round += 1) {
        const key = c.key();

        const answers = await Promise.all(RACERS.map((index) => c.stores[index % c.stores.length]!.claim(c.claim(key))));

        assert.deepEqual(count(answers.map(({ outcome }) => outcome)), { won: 1, busy: RACERS.length - 1 });
      }
    },
  },
  {
    name: 'taking over is one write: of many claims at once after the lease, exactly one wins',
    run: async (c) => {
      for (let round = 0; round < 5; round += 1) {
        const key = c.key();
        const first = await c.winAndExpire(key);
        // Whoever must have watched a key before it may take it over, has.
        const requests = RACERS.map(() => c.claim(key, { create: undefined }));

        const answers = await Promise.all(requests.map((request, index) => racing(c, index, request)));

        const winners = answers.filter(({ outcome }) => outcome === 'won');
        assert.equal(winners.length, 1, `one of ${RACERS.length} should win, got ${JSON.stringify(answers.map(({ outcome }) => outcome))}`);
        const record = await c.record(key);
        assert.ok(requests.some(({ token }) => token === record.token));
        assert.ok(record.epoch > first.epoch);
        assert.deepEqual([record.interruptions, record.stalls], [1, 1], 'the old attempt is counted once');
      }
    },
  },
  {
    name: 'of many claims of released work at once, exactly one wins',
    run: async (c) => {
      const key = c.key();
      const first = await c.win(key);
      await c.store.settle({ ...holder(first), settlement: released() });

      const answers = await Promise.all(RACERS.map((index) => c.stores[index % c.stores.length]!.claim(c.claim(key))));

      assert.deepEqual(count(answers.map(({ outcome }) => outcome)), { won: 1, busy: RACERS.length - 1 });
    },
  },
  {
    name: 'a key that is held answers busy, and when to ask again',
    run: async (c) => {
      const key = c.key();
      const first = await c.win(key);

      const answer = await c.store.claim(c.claim(key));

      assert.ok(answer.outcome === 'busy' && answer.because === 'held', JSON.stringify(answer));
      assert.ok(answer.retryAfterMs > 0 && answer.retryAfterMs <= LONG_MS, `${answer.retryAfterMs}`);
      assert.equal((await c.record(key)).token, first.token);
    },
  },
  {
    name: 'the record of a killed task blocks its key until the lease ends, not for as long as it is kept',
    run: async (c) => {
      const key = c.key();
      const killed = await c.win(key, { leaseMs: SHORT_MS, keepMs: Infinity });

      const second = await c.takeOver(key);

      assert.ok(second.epoch > killed.epoch);
      assert.deepEqual([second.won.interruptions, second.won.stalls, text(second.won.data)], [1, 1, 'beginning']);
    },
  },
  {
    name: 'a record that is kept for no time at all still locks its key until the lease ends',
    run: async (c) => {
      const key = c.key();
      const first = await c.win(key, { keepMs: 0 });

      const purged = await c.store.purge({ key, force: undefined });
      const answer = await c.store.claim(c.claim(key));

      assert.equal(purged, 'kept');
      assert.equal(answer.outcome, 'busy');
      assert.equal((await c.record(key)).token, first.token);
    },
  },
  {
    name: 'another input under the same key is a mismatch, whatever became of the first',
    run: async (c) => {
      const key = c.key();
      const other = c.claim(key, { fingerprint: 'other' });
      const same = c.claim(key, { fingerprint: 'print' });
      const first = await c.win(key);

      const whileHeld = [(await c.store.claim(other)).outcome, (await c.store.claim(same)).outcome];
      await c.store.settle({ ...holder(first), settlement: done() });
      const whenDone = [(await c.store.claim(other)).outcome, (await c.store.claim(same)).outcome];

      assert.deepEqual(
        [whileHeld, whenDone],
        [
          ['mismatch', 'busy'],
          ['mismatch', 'done'],
        ],
      );
    },
  },
  {
    name: 'another input does not take over a key whose lease is over',
    run: async (c) => {
      const key = c.key();
      const first = await c.winAndExpire(key);

      const answer = await c.store.claim(c.claim(key, { fingerprint: 'other' }));

      assert.equal(answer.outcome, 'mismatch');
      assert.equal((await c.record(key)).token, first.token);
    },
  },
  {
    name: 'work that newer code has written is not claimed by older code, and is left as it is',
    run: async (c) => {
      const key = c.key();
      await c.store.add({ key, token: randomUUID(), create: c.create({ version: 3 }), afterMs: 0, keepMs: LONG_MS });

      const older = await c.store.claim(c.claim(key, { version: 2 }));
      const between = await c.record(key);
      const newer = await c.store.claim(c.claim(key, { version: 4 }));

      assert.deepEqual(older, { outcome: 'newer', version: 3 });
      assert.equal(between.state, 'pending');
      assert.ok(newer.outcome === 'won' && newer.version === 3);
    },
  },
  {
    name: 'work waits for the time that it was added for',
    run: async (c) => {
      const key = c.key();
      await c.store.add({ key, token: randomUUID(), create: c.create(), afterMs: LONG_MS, keepMs: LONG_MS });

      const answer = await c.store.claim(c.claim(key));

      assert.ok(answer.outcome === 'busy' && answer.because === 'not-due', JSON.stringify(answer));
      assert.ok(answer.retryAfterMs > 0 && answer.retryAfterMs <= LONG_MS);
    },
  },
  {
    name: 'work that was added is claimed with what it was added with',
    run: async (c) => {
      const key = c.key();
      const added = await c.store.add({ key, token: randomUUID(), create: c.create({ data: bytes('input') }), afterMs: SHORT_MS, keepMs: Infinity });

      const { won } = await c.takeOver(key, { create: c.create({ data: bytes('another') }) });

      assert.equal(added, 'added');
      assert.deepEqual({ ...won, data: text(won.data) }, { ...UNTOUCHED, outcome: 'won', epoch: won.epoch, version: 1, data: 'input' });
    },
  },
  {
    name: 'of many who add under one key at once, exactly one adds',
    run: async (c) => {
      const key = c.key();

      const answers = await Promise.all(
        RACERS.map((index) => c.stores[index % c.stores.length]!.add({ key, token: randomUUID(), create: c.create(), afterMs: 0, keepMs: LONG_MS })),
      );

      assert.deepEqual(count(answers), { added: 1, exists: RACERS.length - 1 });
    },
  },
  {
    name: 'adding another input under a key that is known is a mismatch, and changes nothing',
    run: async (c) => {
      const key = c.key();
      const work = { key, create: c.create(), afterMs: 0, keepMs: LONG_MS };
      await c.store.add({ ...work, token: randomUUID() });
      const before = await c.record(key);

      const same = await c.store.add({ ...work, token: randomUUID() });
      const other = await c.store.add({ ...work, token: randomUUID(), create: c.create({ fingerprint: 'other' }) });

      assert.deepEqual([same, other], ['exists', 'mismatch']);
      assert.deepEqual(await c.record(key), before);
    },
  },
  {
    name: 'the check of a store passes, also twice and twice at once',
    run: async (c) => {
      const checks = await Promise.all([c.store.check(), c.store.check()]);
      checks.push(await c.store.check());

      for (const { version, durability } of checks) {
        assert.notEqual(version, '');
        assert.equal(durability, c.store.capabilities.durability);
        assert.notEqual(c.store.capabilities.isDurabilityAssumed, true);
      }
    },
  },
];

/** A claim by one of several clients; one that must first watch the key for a lease asks until it has. */
async function racing(c: Parameters<ContractCase['run']>[0], index: number, request: ReturnType<typeof c.claim>): ReturnType<typeof c.store.claim> {
  const store = c.stores[index % c.stores.length]!;
  let answer = await store.claim(request);
  if (store.capabilities.clock !== 'watch') return answer;
  for (let tries = 0; tries < 50 && answer.outcome === 'busy' && answer.retryAfterMs <= SHORT_MS; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    answer = await store.claim(request);
  }
  return answer;
}

function count(outcomes: readonly string[]): Record<string, number> {
  return outcomes.reduce<Record<string, number>>((counts, outcome) => ({ ...counts, [outcome]: (counts[outcome] ?? 0) + 1 }), {});
}

const RACERS = Array.from({ length: 8 }, (_, index) => index);
const UNTOUCHED = { seq: 0, failures: 0, interruptions: 0, stalls: 0 };
