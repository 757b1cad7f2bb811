import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import test from 'node:test';
import fc from 'fast-check';
import { MemoryStore } from '../../src/index.ts';
import type { ClaimOutcome, Operation, Outcomes, Settlement } from '../../src/protocol/index.ts';
import type { ClaimStore } from '../../src/store.ts';
import { BrokenStore, type Faults } from './broken-store.ts';
import { FAULTS } from './faulty-next.ts';
import { type Observed, describe, linearize } from './linearizable.ts';
import { observe } from './observe.ts';

const NOTHING = new Uint8Array();

test('what one caller after the other was told is found to be in order', () => {
  const history = [
    call(1, 2, claim('a'), won(10)),
    call(3, 4, save('a', 10, 1), 'held'),
    call(5, 6, claim('b'), { outcome: 'busy', because: 'held', retryAfterMs: 7 }),
    call(7, 8, settle('a', 10, 'done'), 'held'),
    call(9, 10, claim('c'), { outcome: 'done', result: NOTHING, epoch: 10 }),
  ];

  assert.equal(linearize(history).isLinearizable, true);
});

test('of two who won without a lease that ended between them, one is found to be too many', () => {
  assert.equal(linearize([call(1, 4, claim('a'), won(10)), call(2, 3, claim('b'), won(11))]).isLinearizable, false);
  assert.equal(linearize([call(1, 4, claim('a'), won(10)), call(2, 3, claim('b'), won(11, { interruptions: 1, stalls: 1 }))]).isLinearizable, true);
});

test('a settlement that was accepted from one who was replaced is found', () => {
  const taken = [call(1, 2, claim('a'), won(10)), call(3, 4, claim('b'), won(11, { interruptions: 1, stalls: 1 }))];

  assert.equal(linearize([...taken, call(5, 6, settle('a', 10, 'done'), 'held')]).isLinearizable, false);
  assert.equal(linearize([...taken, call(5, 6, settle('a', 10, 'done'), 'lost')]).isLinearizable, true);
});

test('a checkpoint that was acknowledged and is gone is found', () => {
  const saved = [call(1, 2, claim('a'), won(10)), call(3, 4, save('a', 10, 1), 'held')];

  assert.equal(linearize([...saved, call(5, 6, claim('b'), won(11, { interruptions: 1, stalls: 1 }))]).isLinearizable, false);
  assert.equal(
    linearize([...saved, call(5, 6, claim('b'), won(11, { interruptions: 1, stalls: 1, seq: 1, data: Uint8Array.of(1) }))]).isLinearizable,
    true,
  );
});

test('work that was done and is run again is found', () => {
  const history = [
    call(1, 2, claim('a'), won(10)),
    call(3, 4, settle('a', 10, 'done'), 'held'),
    call(5, 6, claim('b'), won(11, { interruptions: 1, stalls: 1 })),
  ];

  const found = linearize(history);

  assert.equal(found.isLinearizable, false);
  assert.deepEqual('stuck' in found ? found.stuck.map(describe) : [], ['5.000–6.000 somebody: claim → "won"']);
});

test('an epoch that goes back is found', () => {
  const taken = (epoch: number): Observed => call(3, 4, claim('b'), won(epoch, { interruptions: 1, stalls: 1 }));

  assert.equal(linearize([call(1, 2, claim('a'), won(10)), taken(9)]).isLinearizable, false);
  assert.equal(linearize([call(1, 2, claim('a'), won(10)), taken(10)]).isLinearizable, false);
});

test('a call may be answered as before or after one that was under way at the same time, never as before one that was answered', () => {
  const busy = { outcome: 'busy', because: 'held', retryAfterMs: 1 } as const;
  const history = (calledAt: number): readonly Observed[] => [
    call(1, 2, claim('a'), won(10)),
    call(3, 6, settle('a', 10, 'done'), 'held'),
    call(calledAt, calledAt + 1, claim('b'), busy),
  ];

  assert.equal(linearize(history(5)).isLinearizable, true);
  assert.equal(linearize(history(7)).isLinearizable, false);
});

test('a call without an answer happened at any time, or never, but not both', () => {
  const cut = [call(1, 2, claim('a'), won(10)), unanswered(3, settle('a', 10, 'done'))];
  const done = call(5, 6, claim('b'), { outcome: 'done', result: NOTHING, epoch: 10 });
  const taken = (calledAt: number): Observed => call(calledAt, calledAt + 1, claim('c'), won(11, { interruptions: 1, stalls: 1 }));

  assert.equal(linearize([...cut, done]).isLinearizable, true);
  assert.equal(linearize([...cut, taken(5)]).isLinearizable, true);
  assert.equal(linearize([...cut, done, taken(7)]).isLinearizable, false);
});

test('a claim that was sent again after its answer was cut off is one claim', () => {
  const history = [unanswered(1, claim('a')), call(3, 4, claim('a'), won(10)), call(5, 6, save('a', 10, 1), 'held')];

  assert.equal(linearize(history).isLinearizable, true);
});

test('whatever several callers do with the store in memory at the same time is in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(TURNS, { minLength: 2, maxLength: 4 }), async (callers) => {
      let now = 1;
      const history = await play(new MemoryStore({ now: () => now++ }), callers);

      const { isLinearizable } = linearize(history);

      assert.equal(isLinearizable, true, history.map(describe).join('\n'));
    }),
    { numRuns: 150 },
  );
});

const PLANTED: Readonly<Record<string, Faults>> = {
  'a claim that reads and then writes': { readsThenWrites: new Set(['claim']) },
  'a settlement that reads and then writes': { readsThenWrites: new Set(['settle']) },
  'a checkpoint that reads and then writes': { readsThenWrites: new Set(['save']) },
  'an unfenced settlement': { next: FAULTS['unfenced settle'] },
  'an unfenced checkpoint': { next: FAULTS['unfenced save'] },
};

for (const [name, faults] of Object.entries(PLANTED))
  test(`random callers at the same time find: ${name}`, async () => {
    const property = fc.asyncProperty(fc.array(TURNS, { minLength: 2, maxLength: 4 }), async (callers) => {
      let now = 1;
      const history = await play(new BrokenStore(faults, () => now++), callers);

      assert.notEqual(linearize(history).isLinearizable, false);
    });

    await assert.rejects(fc.assert(property, { numRuns: 1000, seed: 7, endOnFailure: true }), /Property failed/);
  });

/** One caller: attempts, each with what it does when it has won. Short leases, so that there are zombies. */
const TURNS = fc.array(fc.array(fc.constantFrom('save', 'renew', 'done', 'failure', 'release', 'wait'), { maxLength: 4 }), {
  minLength: 1,
  maxLength: 3,
});

async function play(store: ClaimStore, callers: readonly (readonly (readonly string[])[])[]): Promise<readonly Observed[]> {
  const history: Observed[] = [];
  await Promise.all(
    callers.map(async (attempts, caller) => {
      const observed = observe(store, { by: `caller ${caller}`, history });
      for (const [attempt, turns] of attempts.entries()) {
        const token = `${caller}.${attempt}`;
        const answer = await observed.claim(claim(token));
        if (answer.outcome !== 'won') continue;
        const holder = { key: 'key', token, epoch: answer.epoch };
        let { seq } = answer;
        for (const turn of turns) {
          if (turn === 'wait') await setImmediate();
          else if (turn === 'renew') await observed.renew({ ...holder, leaseMs: LEASE_MS });
          else if (turn === 'save')
            await observed.save({ ...holder, seq: ++seq, version: 1, data: Uint8Array.of(caller, attempt, seq), leaseMs: LEASE_MS });
          else await observed.settle({ ...holder, settlement: settlementOf(turn) });
        }
      }
    }),
  );
  return history;
}

function settlementOf(turn: string): Settlement {
  if (turn === 'done') return { to: 'done', result: NOTHING, keepMs: Infinity };
  const counts = turn === 'failure' ? 'failure' : 'interruption';
  return { to: 'pending', afterMs: 0, counts, checkpoint: undefined, result: NOTHING, keepMs: Infinity };
}

function call(calledAt: number, at: number, operation: Operation, outcome: Outcomes[Operation['op']]): Observed {
  return { by: 'somebody', operation, calledAt, answer: { at, outcome } };
}

function unanswered(calledAt: number, operation: Operation): Observed {
  return { by: 'somebody', operation, calledAt, answer: undefined };
}

function claim(token: string): Extract<Operation, { op: 'claim' }> {
  const create = { kind: 'kind', fingerprint: '', version: 1, data: NOTHING };
  return { op: 'claim', key: 'key', token, leaseMs: LEASE_MS, keepMs: Infinity, create, fingerprint: undefined, version: 1 };
}

function save(token: string, epoch: number, seq: number): Operation {
  return { op: 'save', key: 'key', token, epoch, seq, version: 1, data: Uint8Array.of(seq), leaseMs: LEASE_MS };
}

function settle(token: string, epoch: number, to: 'done' | 'failed'): Operation {
  return { op: 'settle', key: 'key', token, epoch, settlement: { to, result: NOTHING, keepMs: Infinity } };
}

function won(epoch: number, overrides: Partial<Extract<ClaimOutcome, { outcome: 'won' }>> = {}): ClaimOutcome {
  return { outcome: 'won', epoch, seq: 0, version: 1, data: NOTHING, failures: 0, interruptions: 0, stalls: 0, ...overrides };
}

/** In calls: the clock of these stores goes on by one at each. */
const LEASE_MS = 3;
