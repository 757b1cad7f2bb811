import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Save } from '../../../src/protocol/index.ts';
import type { Request } from '../../../src/store.ts';
import { bytes, done, failed, holder, LONG_MS, released, text, type Winner } from '../case-context.ts';
import type { ContractCase } from '../contract-case.ts';

export const FENCE_CASES: readonly ContractCase[] = [
  ...(['renew', 'save', 'settle'] as const).map((operation): ContractCase => ({
    name: `a late ${operation} by one who was replaced is lost, and writes nothing`,
    run: async (c) => {
      const key = c.key();
      const zombie = await c.winAndExpire(key);
      await c.takeOver(key);
      const before = await c.record(key);

      const answers = [
        ...(operation === 'renew' ? [await c.store.renew({ ...holder(zombie), leaseMs: LONG_MS })] : []),
        ...(operation === 'save' ? [await c.store.save(checkpoint(zombie, 1))] : []),
        ...(operation === 'settle'
          ? [
              await c.store.settle({ ...holder(zombie), settlement: done(bytes('late')) }),
              await c.store.settle({ ...holder(zombie), settlement: failed() }),
              await c.store.settle({ ...holder(zombie), settlement: released({ checkpoint: { seq: 1, version: 1, data: bytes('late') } }) }),
            ]
          : []),
      ];

      assert.deepEqual(new Set(answers), new Set(['lost']));
      assert.deepEqual(await c.record(key), before);
    },
  })),
  {
    name: 'a late finisher does not overwrite the result of its successor',
    run: async (c) => {
      const key = c.key();
      const zombie = await c.winAndExpire(key);
      const second = await c.takeOver(key);
      await c.store.settle({ ...holder(second), settlement: done(bytes('second')) });

      const late = [
        await c.store.settle({ ...holder(zombie), settlement: done(bytes('first')) }),
        await c.store.settle({ ...holder(zombie), settlement: failed() }),
        await c.store.settle({ ...holder(zombie), settlement: released() }),
        await c.store.save(checkpoint(zombie, 1)),
        await c.store.renew({ ...holder(zombie), leaseMs: LONG_MS }),
      ];

      assert.deepEqual(new Set(late), new Set(['lost']));
      const answer = await c.store.claim(c.claim(key));
      assert.ok(answer.outcome === 'done' && text(answer.result) === 'second' && answer.epoch === second.epoch);
    },
  },
  {
    name: 'one whose lease is over, and whom nobody has replaced, still holds',
    run: async (c) => {
      const renewed = await c.winAndExpire(c.key());
      const saved = await c.winAndExpire(c.key());
      const settled = await c.winAndExpire(c.key());

      const answers = [
        await c.store.renew({ ...holder(renewed), leaseMs: LONG_MS }),
        await c.store.save(checkpoint(saved, 1)),
        await c.store.settle({ ...holder(settled), settlement: done() }),
      ];

      assert.deepEqual(answers, ['held', 'held', 'held']);
      assert.equal((await c.store.claim(c.claim(renewed.key))).outcome, 'busy');
      assert.equal((await c.store.claim(c.claim(saved.key))).outcome, 'busy');
      assert.equal((await c.store.claim(c.claim(settled.key))).outcome, 'done');
    },
  },
  {
    name: 'nothing is written with a token that was never given',
    run: async (c) => {
      const real = await c.win(c.key());
      const forged = { ...holder(real), token: randomUUID() };
      const before = await c.record(real.key);

      const answers = [
        await c.store.renew({ ...forged, leaseMs: LONG_MS }),
        await c.store.save({ ...checkpoint(real, 1), ...forged }),
        await c.store.settle({ ...forged, settlement: done() }),
      ];

      assert.deepEqual(answers, ['lost', 'lost', 'lost']);
      assert.deepEqual(await c.record(real.key), before);
    },
  },
  {
    name: 'nothing is written to a key without a record',
    run: async (c) => {
      const nobody = { key: c.key(), token: randomUUID(), epoch: 1 };

      const answers = [
        await c.store.renew({ ...nobody, leaseMs: LONG_MS }),
        await c.store.save({ ...nobody, seq: 1, version: 1, data: bytes('x'), leaseMs: LONG_MS }),
        await c.store.settle({ ...nobody, settlement: done() }),
      ];

      assert.deepEqual(answers, ['lost', 'lost', 'lost']);
      assert.equal(await c.store.read(nobody.key), undefined);
    },
  },
  {
    name: 'whoever has released writes no more, even while nobody else has the key',
    run: async (c) => {
      const one = await c.win(c.key());
      await c.store.settle({ ...holder(one), settlement: released() });
      const before = await c.record(one.key);

      const answers = [
        await c.store.renew({ ...holder(one), leaseMs: LONG_MS }),
        await c.store.save(checkpoint(one, 1)),
        await c.store.settle({ ...holder(one), settlement: done() }),
        await c.store.settle({ ...holder(one), settlement: failed() }),
      ];

      assert.deepEqual(answers, ['lost', 'lost', 'lost', 'lost']);
      assert.deepEqual(await c.record(one.key), before);
    },
  },
  {
    name: 'whoever has settled does not settle otherwise, nor save, nor renew',
    run: async (c) => {
      const one = await c.win(c.key());
      await c.store.settle({ ...holder(one), settlement: done(bytes('final')) });
      const before = await c.record(one.key);

      const answers = [
        await c.store.settle({ ...holder(one), settlement: failed() }),
        await c.store.settle({ ...holder(one), settlement: released() }),
        await c.store.save(checkpoint(one, 1)),
        await c.store.renew({ ...holder(one), leaseMs: LONG_MS }),
      ];

      assert.deepEqual(answers, ['lost', 'lost', 'lost', 'lost']);
      assert.deepEqual(await c.record(one.key), before);
    },
  },
  {
    name: 'of a late finisher and its successor at once, only the successor settles',
    run: async (c) => {
      const key = c.key();
      const zombie = await c.winAndExpire(key);
      const second = await c.takeOver(key);

      const answers = await Promise.all(
        [zombie, second, zombie, second].map((one, index) =>
          c.stores[index % c.stores.length]!.settle({ ...holder(one), settlement: done(bytes(one.token)) }),
        ),
      );

      assert.deepEqual(answers, ['lost', 'held', 'lost', 'held']);
      assert.equal(text((await c.record(key)).result), second.token);
    },
  },
  {
    name: 'of a late settlement and a take-over at once, what was answered is what is kept',
    run: async (c) => {
      for (let round = 0; round < 6; round += 1) {
        const one = await c.winAndExpire(c.key());
        const claim = c.claim(one.key);
        const [early, late] = [c.stores[round % c.stores.length]!, c.stores[(round + 1) % c.stores.length]!];

        const settling = (): Promise<string> => early.settle({ ...holder(one), settlement: done() });
        const claiming = (): Promise<string> => late.claim(claim).then(({ outcome }) => outcome);
        const both = round % 2 === 0 ? [settling(), claiming()] : [claiming(), settling()];
        const answers = (await Promise.all(both)).toSorted().join(' and ');

        const { state, token } = await c.record(one.key);
        const isSettled = ['done and held', 'busy and held'].includes(answers);
        assert.ok(isSettled || answers === 'lost and won', answers);
        assert.deepEqual([state, token], isSettled ? ['done', one.token] : ['held', claim.token]);
      }
    },
  },
  {
    name: 'a renewal puts the end of the lease off, and changes nothing else',
    run: async (c) => {
      const one = await c.win(c.key(), { leaseMs: LONG_MS / 2, keepMs: 0 });
      const { dueAt: earlier, keepUntil: _before, ...before } = await c.record(one.key);

      const answer = await c.store.renew({ ...holder(one), leaseMs: LONG_MS });

      assert.equal(answer, 'held');
      const { dueAt, keepUntil, ...after } = await c.record(one.key);
      assert.deepEqual(after, before);
      assert.ok(dueAt >= earlier + LONG_MS / 2, `${dueAt - earlier}`);
      assert.ok(keepUntil >= dueAt, 'and is not removed before');
    },
  },
];

function checkpoint(one: Winner, seq: number): Request<Save> {
  return { ...holder(one), seq, version: 1, data: bytes(`checkpoint ${seq}`), leaseMs: LONG_MS };
}
