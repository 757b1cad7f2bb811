import assert from 'node:assert/strict';
import fc from 'fast-check';
import { next, type ClaimRecord, type Operation } from '../../src/protocol/index.ts';
import type { ClaimStore } from '../../src/store.ts';

export interface StoreWithClock {
  readonly store: ClaimStore;
  /** Sets the store's clock, in milliseconds since the epoch. */
  readonly setNow: (ms: number) => Promise<void> | void;
}

/**
 * Plays random histories of operations on a few keys to a store whose clock is set by hand, and holds each answer, and the whole record after it, to the
 * protocol as the pure function has it. For stores that keep a record until it is purged.
 */
export async function followModel({ store, setNow }: StoreWithClock, { runs }: { readonly runs: number }): Promise<void> {
  let history = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 15, maxLength: 50 }), async (steps) => {
      history += 1;
      const model = new Map<string, ClaimRecord>();
      let now = Date.UTC(2026, 0, 1);
      for (const step of steps) {
        now += step.advanceMs;
        await setNow(now);
        const key = `history ${history} key ${step.key}`;
        const operation = operationOf(step, key, model.get(key));
        const expected = next(model.get(key), operation, now);

        const answer = await perform(store, operation);

        assert.deepEqual(answer, expected.outcome, JSON.stringify(operation));
        assert.deepEqual(await store.read(key), expected.record, JSON.stringify(operation));
        if (expected.record === undefined) model.delete(key);
        else model.set(key, expected.record);
      }
    }),
    { numRuns: Number(process.env['SPOTPROOF_STATE_RUNS'] ?? runs), endOnFailure: true },
  );
}

/** What is done, as far as it does not depend on what is there. */
type Step = Readonly<{
  op: Operation['op'];
  advanceMs: number;
  key: number;
  token: string;
  leaseMs: number;
  keepMs: number;
  afterMs: number;
  fingerprint: string;
  /** Of what the caller says about the record: mostly right. */
  isRight: boolean;
  version: number;
  data: Uint8Array;
  to: 'done' | 'failed' | 'pending';
  counts: 'failure' | 'interruption' | 'nothing';
  has: boolean;
}>;

const STEP: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('add', 'claim', 'claim', 'claim', 'claim', 'claim', 'renew', 'save', 'save', 'settle', 'settle', 'settle', 'revive', 'purge'),
  advanceMs: fc.constantFrom(0, 0, 0, 1, 1, 5, 5, 1000, 1000, 3_600_000, -1000),
  key: fc.constantFrom(0, 0, 0, 1),
  token: fc.constantFrom('a', 'b', 'c'),
  leaseMs: fc.constantFrom(1, 5, 1000),
  keepMs: fc.constantFrom(0, 5, 1000, Infinity),
  afterMs: fc.constantFrom(0, 0, 5),
  fingerprint: fc.constantFrom('print', 'print', 'print', 'other'),
  isRight: fc.constantFrom(true, true, false),
  version: fc.constantFrom(0, 1, 1, 2),
  data: fc.uint8Array({ maxLength: 3 }),
  to: fc.constantFrom('done', 'failed', 'pending', 'pending', 'pending', 'pending'),
  counts: fc.constantFrom('failure', 'interruption', 'nothing'),
  has: fc.boolean(),
});

function operationOf(step: Step, key: string, record: ClaimRecord | undefined): Operation {
  const { op, leaseMs, keepMs, afterMs, fingerprint, version, data, has, to, counts, isRight } = step;
  const token = op !== 'claim' && op !== 'add' && isRight && record !== undefined ? record.token : step.token;
  const epoch = (record?.epoch ?? 1) - (isRight ? 0 : 1);
  const create = { kind: 'kind', fingerprint, version, data };
  // The next number, or the last one again; or one that leaves one out.
  const seq = Math.max(1, (record?.seq ?? 0) + (isRight ? Number(has) : 2));
  switch (op) {
    case 'add':
      return { op, key, token, create, afterMs, keepMs };
    case 'claim':
      return { op, key, token, leaseMs, keepMs, create: has ? create : undefined, fingerprint: afterMs === 0 ? undefined : fingerprint, version };
    case 'renew':
      return { op, key, token, epoch, leaseMs };
    case 'save':
      return { op, key, token, epoch, seq, version, data, leaseMs };
    case 'settle':
      if (to !== 'pending') return { op, key, token, epoch, settlement: { to, result: data, keepMs } };
      return {
        op,
        key,
        token,
        epoch,
        settlement: { to, afterMs, counts, checkpoint: leaseMs === 1 ? undefined : { seq, version, data }, result: data, keepMs },
      };
    case 'revive':
      return { op, key, keepMs };
    case 'purge':
      return { op, key, force: has ? epoch : undefined };
    default:
      return op satisfies never;
  }
}

function perform(store: ClaimStore, { op, ...request }: Operation): Promise<unknown> {
  return (store[op] as (request: object) => Promise<unknown>)(request);
}
