import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { NEVER, next, type ClaimRecord, type Operation, type Outcomes } from '../../src/protocol/index.ts';
import { type CaseContext, LONG_MS, SHORT_MS, bytes } from './case-context.ts';

/**
 * Random histories of a few keys, each operation given to the store and to `next()`, the answers and the records compared. The two need not have one clock:
 * what is to be over soon is waited for at once, everything else is not over while a test runs, so time leaves no doubt about what must come out.
 */
export async function differential(
  makeContext: () => CaseContext,
  { runs, seed, shrinks = true }: { readonly runs: number; readonly seed?: number; readonly shrinks?: boolean },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 1, maxLength: 20 }), async (steps) => {
      const pair = new Pair(makeContext());
      for (const step of steps) await pair.perform(step);
      await pair.compareLists();
    }),
    { numRuns: runs, endOnFailure: !shrinks, ...(seed === undefined ? {} : { seed }) },
  );
}

type Lasting = 'long' | 'over';

type Step =
  | { readonly does: 'add'; readonly key: number; readonly other: boolean; readonly wait: Lasting; readonly forEver: boolean }
  | {
      readonly does: 'claim';
      readonly key: number;
      readonly lease: Lasting;
      readonly creates: boolean;
      readonly fingerprint: string | undefined;
      readonly version: number;
      readonly forEver: boolean;
    }
  | { readonly does: 'claim again'; readonly attempt: number }
  | { readonly does: 'renew'; readonly attempt: number; readonly lease: Lasting }
  | { readonly does: 'save'; readonly attempt: number; readonly ahead: number; readonly version: number; readonly lease: Lasting }
  | { readonly does: 'finish'; readonly attempt: number; readonly to: 'done' | 'failed'; readonly keep: Lasting }
  | {
      readonly does: 'release';
      readonly attempt: number;
      readonly counts: 'failure' | 'interruption' | 'nothing';
      readonly wait: Lasting;
      readonly ahead: number | undefined;
    }
  | { readonly does: 'revive'; readonly key: number }
  | { readonly does: 'remove'; readonly attempt: number }
  | { readonly does: 'send again' };

const LASTING = fc.constantFrom<Lasting>('long', 'long', 'long', 'over');
const KEY = fc.nat({ max: 1 });
/** Counted from the newest back: most is done by the holder, the rest by those before it. */
const ATTEMPT = fc.constantFrom(0, 0, 0, 1, 2);
const AHEAD = fc.constantFrom(1, 1, 1, 0, 2, -1);

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ does: fc.constant('add'), key: KEY, other: fc.boolean(), wait: LASTING, forEver: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('claim'),
      key: KEY,
      lease: fc.constantFrom<Lasting>('long', 'over'),
      creates: fc.constantFrom(true, true, true, false),
      fingerprint: fc.constantFrom(undefined, 'print', 'print', 'other'),
      version: fc.constantFrom(1, 2, 2),
      forEver: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('claim again'), attempt: ATTEMPT }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('renew'), attempt: ATTEMPT, lease: LASTING }) },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('save'), attempt: ATTEMPT, ahead: AHEAD, version: fc.constantFrom(1, 1, 2), lease: LASTING }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('finish'), attempt: ATTEMPT, to: fc.constantFrom('done', 'failed'), keep: LASTING }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('release'),
      attempt: ATTEMPT,
      counts: fc.constantFrom('failure', 'interruption', 'nothing'),
      wait: fc.constantFrom<Lasting>('over', 'long'),
      ahead: fc.option(AHEAD, { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('revive'), key: KEY }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('remove'), attempt: ATTEMPT }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('send again') }) },
);

/** One attempt; each side has given it an epoch of its own. */
interface Attempt {
  readonly claim: Extract<Operation, { op: 'claim' }>;
  epochs: Epochs;
  seq: number;
}

interface Epochs {
  readonly store: number;
  readonly model: number;
}

/** An operation, but for the epoch, which differs between the two sides. */
interface Sent {
  readonly operation: Operation;
  readonly epochs: Epochs | undefined;
  readonly attempt: Attempt | undefined;
}

/** The store and the model, side by side. */
class Pair {
  readonly #c: CaseContext;
  readonly #keys: readonly string[];
  readonly #records = new Map<string, ClaimRecord>();
  readonly #attempts: Attempt[] = [];
  /** The highest epochs of each key so far: those of the model say when the store's must grow. */
  readonly #epochs = new Map<string, Epochs>();
  #last: Sent | undefined;
  /** The model's clock. */
  #now = Date.UTC(2026, 0, 1);
  #written = 0;

  constructor(c: CaseContext) {
    this.#c = c;
    this.#keys = [c.key('one'), c.key('two')];
  }

  async perform(step: Step): Promise<void> {
    const attempt = 'attempt' in step ? this.#attempts.at(-1 - step.attempt) : undefined;
    if ('attempt' in step && attempt === undefined) return;
    const sent = step.does === 'send again' ? this.#last : this.#sentBy(step, attempt);
    if (sent === undefined) return;
    this.#last = sent;
    await this.#both(sent);
    if (isOverSoon(sent.operation)) await this.#pass();
    if (isForgottenSoon(sent.operation)) await this.#removed(sent.operation.key);
    await this.#compareRecord(sent.operation.key);
  }

  async compareLists(): Promise<void> {
    for (const state of ['pending', 'held', 'done', 'failed', 'due'] as const) {
      const expected = [...this.#records.values()].filter((record) =>
        state === 'due' ? (record.state === 'pending' || record.state === 'held') && record.dueAt <= this.#now : record.state === state,
      );
      await this.#c.until(`the store lists as the model does what is ${state}`, async () => {
        const records = await this.#c.listed({ kind: this.#c.kind, state, limit: 100 });
        const [got, want] = [records, expected].map((some) => some.map(({ key }) => key).toSorted());
        return isDeepStrictEqual(got, want) ? true : undefined;
      });
    }
  }

  #sentBy(step: Exclude<Step, { does: 'send again' }>, attempt: Attempt | undefined): Sent | undefined {
    const key = attempt?.claim.key ?? this.#keys['key' in step ? step.key : 0]!;
    const holder = { key, token: attempt?.claim.token ?? '', epoch: 0 };
    const of = (operation: Operation): Sent => ({ operation, epochs: attempt?.epochs, attempt });
    this.#written += 1;
    const data = bytes(`written ${this.#written}`);
    switch (step.does) {
      case 'add': {
        const create = this.#c.create({ data, fingerprint: step.other ? 'other' : 'print' });
        return of({ op: 'add', key, token: randomUUID(), create, afterMs: ms(step.wait), keepMs: step.forEver ? Infinity : LONG_MS });
      }
      case 'claim': {
        const { creates, fingerprint, version } = step;
        const create = creates ? this.#c.create({ data, fingerprint: fingerprint ?? '', version }) : undefined;
        const keepMs = step.forEver ? Infinity : LONG_MS;
        const claim = { op: 'claim', key, token: randomUUID(), leaseMs: ms(step.lease), keepMs, create, fingerprint, version } as const;
        const begun: Attempt = { claim, epochs: { store: 1, model: 1 }, seq: 0 };
        this.#attempts.push(begun);
        return { operation: claim, epochs: undefined, attempt: begun };
      }
      case 'claim again':
        return attempt === undefined ? undefined : { operation: attempt.claim, epochs: undefined, attempt };
      case 'renew':
        return of({ op: 'renew', ...holder, leaseMs: ms(step.lease) });
      case 'save': {
        const seq = Math.max(1, (attempt?.seq ?? 0) + step.ahead);
        return of({ op: 'save', ...holder, seq, version: step.version, data, leaseMs: ms(step.lease) });
      }
      case 'finish':
        return of({ op: 'settle', ...holder, settlement: { to: step.to, result: data, keepMs: step.keep === 'over' ? 0 : LONG_MS } });
      case 'release': {
        const seq = Math.max(1, (attempt?.seq ?? 0) + (step.ahead ?? 0));
        const checkpoint = step.ahead === undefined ? undefined : { seq, version: 1, data };
        const { counts, wait } = step;
        const settlement = { to: 'pending', afterMs: ms(wait), counts, checkpoint, result: data, keepMs: LONG_MS } as const;
        return of({ op: 'settle', ...holder, settlement });
      }
      case 'revive':
        return of({ op: 'revive', key, keepMs: LONG_MS });
      case 'remove':
        return of({ op: 'purge', key, force: 0 });
    }
  }

  async #both({ operation, epochs, attempt }: Sent): Promise<void> {
    // Neither removes a record in the millisecond of its claim.
    if (operation.op === 'purge') await this.#pass();
    const before = this.#records.get(operation.key);
    const { record, outcome: expected } = next(before, withEpoch(operation, epochs?.model), this.#now);
    if (record === undefined) this.#records.delete(operation.key);
    else this.#records.set(operation.key, record);
    const asked = withEpoch(operation, epochs?.store);
    const isWon = typeof expected === 'object' && expected.outcome === 'won';
    const got = asked.op === 'claim' && isWon ? await this.#c.claimWhenFree(asked) : await this.#send(asked);

    assert.deepEqual(comparable(got), comparable(expected), `${operation.op} should be answered as the protocol does`);
    if (typeof got !== 'object' || typeof expected !== 'object' || !('epoch' in got) || !('epoch' in expected)) return;
    this.#compareEpochs(operation.key, { store: got.epoch, model: expected.epoch });
    if (attempt === undefined || expected.outcome !== 'won') return;
    // An old copy that wins once more does so for nobody: the attempt knows only its first epoch.
    if (attempt.epochs.model === 1) {
      attempt.epochs = { store: got.epoch, model: expected.epoch };
      attempt.seq = expected.seq;
    }
  }

  #compareEpochs(key: string, { store, model }: Epochs): void {
    const highest = this.#epochs.get(key) ?? { store: 0, model: 0 };
    if (model > highest.model) {
      assert.ok(store > highest.store, `the epoch should grow, got ${store} after ${highest.store}`);
      this.#epochs.set(key, { store, model });
    } else if (model === highest.model) assert.equal(store, highest.store, 'the epoch should be the same');
  }

  #send(operation: Operation): Promise<Outcomes[Operation['op']]> {
    const { store } = this.#c;
    switch (operation.op) {
      case 'add':
        return store.add(operation);
      case 'claim':
        return store.claim(operation);
      case 'renew':
        return store.renew(operation);
      case 'save':
        return store.save(operation);
      case 'settle':
        return store.settle(operation);
      case 'revive':
        return store.revive(operation);
      case 'purge':
        return store.purge(operation);
    }
  }

  async #compareRecord(key: string): Promise<void> {
    const [got, expected] = [await this.#c.store.read(key), this.#records.get(key)];
    assert.deepEqual(got === undefined ? undefined : comparableRecord(got), expected === undefined ? undefined : comparableRecord(expected));
    for (const attempt of this.#attempts) {
      if (expected !== undefined && attempt.claim.token === expected.token && attempt.epochs.model === expected.epoch) attempt.seq = expected.seq;
    }
  }

  /** What is over is removed at once on both sides: a store may do so by itself. */
  async #removed(key: string): Promise<void> {
    const { record } = next(this.#records.get(key), { op: 'purge', key, force: undefined }, this.#now);
    if (record !== undefined) return;
    this.#records.delete(key);
    await this.#c.until('the record is removed', async () => {
      await this.#c.store.purge({ key, force: undefined });
      return (await this.#c.store.read(key)) === undefined ? true : undefined;
    });
  }

  async #pass(): Promise<void> {
    this.#now += 10 * SHORT_MS;
    await this.#c.pass(SHORT_MS);
  }
}

function isOverSoon(operation: Operation): boolean {
  if (operation.op === 'settle')
    return isForgottenSoon(operation) || (operation.settlement.to === 'pending' && operation.settlement.afterMs < LONG_MS);
  return ('leaseMs' in operation && operation.leaseMs < LONG_MS) || ('afterMs' in operation && operation.afterMs < LONG_MS);
}

function isForgottenSoon(operation: Operation): boolean {
  return operation.op === 'settle' && operation.settlement.to !== 'pending' && operation.settlement.keepMs === 0;
}

function ms(lasting: Lasting): number {
  return lasting === 'long' ? LONG_MS : 1;
}

function withEpoch<O extends Operation>(operation: O, epoch: number | undefined): O {
  if (epoch === undefined) return operation;
  if (operation.op === 'purge') return { ...operation, force: epoch };
  return 'epoch' in operation ? { ...operation, epoch } : operation;
}

/** Without what depends on the clock. */
function comparable(outcome: Outcomes[Operation['op']]): unknown {
  if (typeof outcome === 'string') return outcome;
  const { epoch: _epoch, retryAfterMs: _retryAfterMs, data, result, ...rest } = { epoch: 0, retryAfterMs: 0, data: EMPTY, result: EMPTY, ...outcome };
  return { ...rest, data: Buffer.from(data).toString(), result: Buffer.from(result).toString() };
}

function comparableRecord({ epoch: _epoch, dueAt: _dueAt, keepUntil, data, result, ...rest }: ClaimRecord): unknown {
  return { ...rest, isForEver: keepUntil === NEVER, data: Buffer.from(data).toString(), result: Buffer.from(result).toString() };
}

const EMPTY = new Uint8Array();
