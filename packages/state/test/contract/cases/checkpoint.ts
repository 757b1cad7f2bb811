import assert from 'node:assert/strict';
import type { Checkpoint } from '../../../src/protocol/index.ts';
import { bytes, done, holder, LONG_MS, released, text } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const CHECKPOINT_CASES: readonly ContractCase[] = [
  {
    name: 'the next attempt goes on from the last checkpoint that was acknowledged',
    run: async (c) => {
      const key = c.key();
      const first = await c.win(key);
      for (const seq of [1, 2, 3]) assert.equal(await c.store.save({ ...holder(first), ...checkpoint(seq), leaseMs: 1 }), 'held');

      const { won } = await c.takeOver(key);

      assert.deepEqual([won.seq, text(won.data)], [3, 'checkpoint 3']);
    },
  },
  {
    name: 'checkpoints go up by one: none is left out and none goes back',
    run: async (c) => {
      const one = await c.win(c.key());
      for (const seq of [1, 2, 3]) await c.store.save({ ...holder(one), ...checkpoint(seq), leaseMs: LONG_MS });
      const before = await c.record(one.key);

      const answers = [];
      for (const seq of [1, 2, 5, 6]) answers.push(await c.store.save({ ...holder(one), ...checkpoint(seq), leaseMs: LONG_MS }));
      for (const seq of [1, 2, 5])
        answers.push(await c.store.settle({ ...holder(one), settlement: released({ checkpoint: checkpoint(seq), counts: 'failure' }) }));

      assert.deepEqual(new Set(answers), new Set(['lost']));
      assert.deepEqual(await c.record(one.key), before);
    },
  },
  {
    name: 'a checkpoint renews the lease',
    run: async (c) => {
      const one = await c.winAndExpire(c.key());

      await c.store.save({ ...holder(one), ...checkpoint(1), leaseMs: LONG_MS });

      const answer = await c.store.claim(c.claim(one.key));
      assert.ok(answer.outcome === 'busy' && answer.because === 'held');
    },
  },
  {
    name: 'a release saves its checkpoint in the same write',
    run: async (c) => {
      const key = c.key();
      const one = await c.win(key);

      const answer = await c.store.settle({ ...holder(one), settlement: released({ checkpoint: { ...checkpoint(1), version: 2 } }) });

      assert.equal(answer, 'held');
      assert.equal((await c.store.claim(c.claim(key, { version: 1 }))).outcome, 'newer');
      const { won } = await c.takeOver(key, { version: 2 });
      assert.deepEqual([won.seq, won.version, text(won.data)], [1, 2, 'checkpoint 1']);
    },
  },
  {
    name: 'a release without a checkpoint keeps the last one',
    run: async (c) => {
      const key = c.key();
      const one = await c.win(key);
      await c.store.save({ ...holder(one), ...checkpoint(1), leaseMs: LONG_MS });

      await c.store.settle({ ...holder(one), settlement: released({ counts: 'interruption' }) });

      const { won } = await c.takeOver(key);
      assert.deepEqual([won.seq, text(won.data)], [1, 'checkpoint 1']);
    },
  },
  {
    name: 'a checkpoint that newer code has written is not taken over by older code when the lease is over',
    run: async (c) => {
      const key = c.key();
      const one = await c.win(key, { version: 2 });
      await c.store.save({ ...holder(one), seq: 1, version: 2, data: bytes('new format'), leaseMs: 1 });
      await c.pass(1);

      const answer = await c.store.claim(c.claim(key, { version: 1 }));

      assert.deepEqual(answer, { outcome: 'newer', version: 2 });
      assert.equal((await c.record(key)).token, one.token);
    },
  },
  {
    name: 'of a zombie and its successor who save at once, only the successor does',
    run: async (c) => {
      const key = c.key();
      const zombie = await c.winAndExpire(key);
      const second = await c.takeOver(key);

      const answers = await Promise.all(
        [zombie, second, zombie].map((one, index) =>
          c.stores[index % c.stores.length]!.save({ ...holder(one), seq: 1, version: 1, data: bytes(one.token), leaseMs: LONG_MS }),
        ),
      );

      assert.deepEqual(answers, ['lost', 'held', 'lost']);
      assert.equal(text((await c.record(key)).data), second.token);
    },
  },
  {
    name: 'work that is done keeps its result and not its checkpoint',
    run: async (c) => {
      const one = await c.win(c.key());
      await c.store.save({ ...holder(one), ...checkpoint(1), leaseMs: LONG_MS });

      await c.store.settle({ ...holder(one), settlement: done() });

      const { data, seq, result } = await c.record(one.key);
      assert.deepEqual([data.byteLength, seq, text(result)], [0, 1, 'result']);
    },
  },
];

function checkpoint(seq: number): Checkpoint {
  return { seq, version: 1, data: bytes(`checkpoint ${seq}`) };
}
