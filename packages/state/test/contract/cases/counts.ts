import assert from 'node:assert/strict';
import type { ClaimRecord } from '../../../src/protocol/index.ts';
import { bytes, failed, holder, LONG_MS, released, text } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const COUNT_CASES: readonly ContractCase[] = [
  {
    name: 'failures, interruptions and neither are counted apart',
    run: async (c) => {
      const key = c.key();
      await c.win(key).then((one) => c.store.settle({ ...holder(one), settlement: released({ counts: 'failure', result: bytes('first error') }) }));
      const afterFailure = await c.record(key);
      await c.takeOver(key).then((one) => c.store.settle({ ...holder(one), settlement: released({ counts: 'interruption' }) }));
      const afterInterruption = await c.record(key);
      await c.takeOver(key).then((one) => c.store.settle({ ...holder(one), settlement: released({ counts: 'nothing' }) }));

      const { won } = await c.takeOver(key);

      assert.deepEqual([counts(afterFailure), text(afterFailure.result)], [[1, 0, 0], 'first error']);
      assert.deepEqual(counts(afterInterruption), [1, 1, 0]);
      assert.deepEqual([won.failures, won.interruptions, won.stalls], [1, 1, 0]);
    },
  },
  {
    name: 'work that kills its process again and again without a checkpoint is told from work that is interrupted',
    run: async (c) => {
      const key = c.key();
      await c.winAndExpire(key);
      const second = await c.takeOver(key, { leaseMs: 1 });
      const third = await c.takeOver(key);
      await c.store.save({ ...holder(third), seq: 1, version: 1, data: bytes('progress'), leaseMs: 1 });
      const moved = await c.record(key);

      const fourth = await c.takeOver(key);

      assert.deepEqual([second.won.interruptions, second.won.stalls], [1, 1]);
      assert.deepEqual([third.won.interruptions, third.won.stalls], [2, 2]);
      assert.deepEqual(counts(moved), [0, 2, 0]);
      assert.deepEqual([fourth.won.interruptions, fourth.won.stalls], [3, 1]);
    },
  },
  {
    name: 'a checkpoint at the release is progress',
    run: async (c) => {
      const key = c.key();
      await c.winAndExpire(key);
      const second = await c.takeOver(key);

      await c.store.settle({
        ...holder(second),
        settlement: released({ counts: 'interruption', checkpoint: { seq: 1, version: 1, data: bytes('progress') } }),
      });

      assert.deepEqual(counts(await c.record(key)), [0, 2, 0]);
    },
  },
  {
    name: 'a release puts the next attempt off for as long as it says',
    run: async (c) => {
      const key = c.key();
      const one = await c.win(key);
      await c.store.settle({ ...holder(one), settlement: released({ counts: 'failure', afterMs: LONG_MS }) });

      const answer = await c.store.claim(c.claim(key));

      assert.ok(answer.outcome === 'busy' && answer.because === 'not-due', JSON.stringify(answer));
      assert.ok(answer.retryAfterMs > 0 && answer.retryAfterMs <= LONG_MS);
    },
  },
  {
    name: 'work that failed for good gets a second chance from its last checkpoint, counted from zero',
    run: async (c) => {
      const key = c.key();
      await c.winAndExpire(key);
      const one = await c.takeOver(key);
      await c.store.settle({ ...holder(one), settlement: released({ counts: 'failure' }) });
      const two = await c.takeOver(key);
      await c.store.save({ ...holder(two), seq: 1, version: 1, data: bytes('progress'), leaseMs: LONG_MS });
      await c.store.settle({ ...holder(two), settlement: failed() });

      const revived = await c.store.revive({ key, keepMs: LONG_MS });
      const again = await c.store.revive({ key, keepMs: LONG_MS });
      const { won, epoch } = await c.takeOver(key);

      assert.deepEqual([revived, again], ['revived', 'refused']);
      assert.ok(epoch > two.epoch);
      assert.deepEqual([won.failures, won.interruptions, won.stalls, won.seq, text(won.data)], [0, 1, 0, 1, 'progress']);
    },
  },
  {
    name: 'only what has failed for good gets a second chance',
    run: async (c) => {
      const held = await c.win(c.key());
      const pending = await c.win(c.key());
      await c.store.settle({ ...holder(pending), settlement: released() });

      const answers = [];
      for (const key of [held.key, pending.key, c.key()]) answers.push(await c.store.revive({ key, keepMs: LONG_MS }));

      assert.deepEqual(answers, ['refused', 'refused', 'refused']);
      assert.equal(await c.store.renew({ ...holder(held), leaseMs: LONG_MS }), 'held');
    },
  },
];

function counts({ failures, interruptions, stalls }: ClaimRecord): readonly number[] {
  return [failures, interruptions, stalls];
}
