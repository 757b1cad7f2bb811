import assert from 'node:assert/strict';
import { bytes, done, holder, LONG_MS, released, text } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const EPOCH_CASES: readonly ContractCase[] = [
  {
    name: 'each attempt at a key has a higher epoch than all before it',
    run: async (c) => {
      const key = c.key();
      const epochs: number[] = [];

      for (let attempt = 0; attempt < 6; attempt += 1) {
        const one = attempt === 0 ? await c.winAndExpire(key) : await c.takeOver(key);
        epochs.push(one.epoch);
        if (attempt > 0) await c.store.settle({ ...holder(one), settlement: released() });
      }

      assert.deepEqual(
        epochs,
        epochs.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(epochs).size, epochs.length, epochs.join(' '));
      assert.ok(epochs.every(Number.isSafeInteger));
    },
  },
  {
    name: 'epochs go on growing when the record is removed in between, however soon',
    run: async (c) => {
      const key = c.key();
      const epochs: number[] = [];

      for (let round = 0; round < 10; round += 1) {
        const one = await c.win(key);
        epochs.push(one.epoch);
        await c.store.settle({ ...holder(one), settlement: done(bytes(''), 0) });
        await c.until('the record is removed', async () => {
          await c.store.purge({ key, force: undefined });
          return (await c.store.read(key)) === undefined ? true : undefined;
        });
      }

      for (const [index, epoch] of epochs.entries()) assert.ok(index === 0 || epoch > epochs[index - 1]!, epochs.join(' '));
    },
  },
  {
    name: 'epochs go on growing when an operator removes the record of an attempt that is under way',
    run: async (c) => {
      const key = c.key();
      const first = await c.win(key);
      await c.until('the record is removed', async () => ((await c.store.purge({ key, force: first.epoch })) === 'purged' ? true : undefined));

      const second = await c.win(key);

      assert.ok(second.epoch > first.epoch, `${first.epoch} ${second.epoch}`);
      assert.equal(await c.store.settle({ ...holder(first), settlement: done() }), 'lost');
    },
  },
  {
    name: 'an attempt whose record was removed has lost, also when the key begins anew',
    run: async (c) => {
      const key = c.key();
      const zombie = await c.winAndExpire(key);
      const second = await c.takeOver(key);
      await c.store.settle({ ...holder(second), settlement: done(bytes(''), 0) });
      await c.until('the record is removed', async () => {
        await c.store.purge({ key, force: undefined });
        return (await c.store.read(key)) === undefined ? true : undefined;
      });
      const third = await c.win(key);

      const late = [
        await c.store.settle({ ...holder(zombie), settlement: done(bytes('zombie')) }),
        await c.store.settle({ ...holder(second), settlement: done(bytes('second')) }),
        await c.store.renew({ ...holder(second), leaseMs: LONG_MS }),
      ];

      assert.deepEqual(late, ['lost', 'lost', 'lost']);
      assert.equal((await c.record(key)).token, third.token);
    },
  },
  {
    name: 'a copy of a claim that arrives after others had the key does not give a zombie its place back',
    run: async (c) => {
      const key = c.key();
      const zombie = await c.winAndExpire(key);
      const second = await c.takeOver(key);
      await c.store.save({ ...holder(second), seq: 1, version: 1, data: bytes('by the second'), leaseMs: LONG_MS });
      await c.store.settle({ ...holder(second), settlement: released() });

      const copy = await c.store.claim(zombie.request);
      const late = [
        await c.store.renew({ ...holder(zombie), leaseMs: LONG_MS }),
        await c.store.save({ ...holder(zombie), seq: 1, version: 1, data: bytes('by the zombie'), leaseMs: LONG_MS }),
        await c.store.save({ ...holder(zombie), seq: 2, version: 1, data: bytes('by the zombie'), leaseMs: LONG_MS }),
        await c.store.settle({ ...holder(zombie), settlement: released() }),
        await c.store.settle({ ...holder(zombie), settlement: done(bytes('by the zombie')) }),
      ];

      assert.ok(copy.outcome === 'won' && copy.epoch > second.epoch, JSON.stringify(copy));
      assert.deepEqual(new Set(late), new Set(['lost']));
      const { state, seq, data } = await c.record(key);
      assert.deepEqual([state, seq, text(data)], ['held', 1, 'by the second']);
    },
  },
];
