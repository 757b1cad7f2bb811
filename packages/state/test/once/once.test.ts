import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import test from 'node:test';
import { SpotproofError, isSpotproofError, type ErrorCode } from '@spotproof/core';
import { CHANNELS, MemoryStore, once, type Claim, type ClaimStore, type OnceOptions } from '../../src/index.ts';
import { FaultyStore } from '../support/faulty-store.ts';

interface Order {
  readonly tenant: string;
  readonly id: string;
  readonly cents?: number;
}

test('a key is worked on once, and each later call is answered with what the first one returned', async () => {
  const { charge, runs } = charging();

  const answers = [await charge(ORDER), await charge(ORDER), await charge({ ...ORDER })];

  assert.deepEqual(answers, [{ receipt: 1 }, { receipt: 1 }, { receipt: 1 }]);
  assert.equal(runs.length, 1);
});

test('of two hundred calls at once one does the work, and those that wait are answered with its result', async () => {
  const { charge, runs } = charging({ onBusy: { waitMs: 20_000 } });

  const answers = await Promise.all(Array.from({ length: 200 }, () => charge(ORDER)));

  assert.equal(runs.length, 1);
  assert.ok(answers.every((answer) => answer.receipt === 1));
});

test('who does not wait is told that somebody is at work, and for how long at most', async () => {
  const gate = Promise.withResolvers<void>();
  const { charge, runs } = charging({ run: () => gate.promise });
  const first = charge(ORDER);

  await rejects(charge(ORDER), 'SPOTPROOF_CLAIM_BUSY', (error) => error.retryable && Number(error.details['retryAfterMs']) > 0);

  gate.resolve();
  await first;
  assert.equal(runs.length, 1);
});

test('another tenant, or another work, has the key for itself', async () => {
  const store = new MemoryStore();
  const { charge, runs } = charging({}, store);
  const { charge: refund, runs: refunds } = charging({ name: 'refund' }, store);

  await charge(ORDER);
  await charge({ ...ORDER, tenant: 'b' });
  await refund(ORDER);

  assert.deepEqual([runs.length, refunds.length], [2, 1]);
});

test('parts of a key are not run together, and a number is the same key as its digits', () => {
  const store = new MemoryStore();
  const { keyOf } = once(store, {
    name: 'n',
    scope: (scope) => scope,
    key: (_scope: string, key: string | number | readonly string[]) => key,
    run: () => 1,
  });

  const keys = [keyOf('a', 'b'), keyOf('a', ['b', 'c']), keyOf('a', ['b', 'c"']), keyOf('a', 'bc'), keyOf('ab', 'c'), keyOf('a', 7)];

  assert.equal(new Set(keys).size, keys.length);
  assert.equal(keyOf('a', '7'), keyOf('a', 7));
  assert.ok(keys.every((key) => key.length === 43));
});

for (const [what, order] of [
  ['null', { tenant: 'a', id: null }],
  ['undefined', { tenant: 'a' }],
  ['an empty text', { tenant: 'a', id: '' }],
  ['a part that is null', { tenant: 'a', id: ['x', null] }],
  ['no part', { tenant: 'a', id: [] }],
  ['false', { tenant: 'a', id: false }],
  ['NaN', { tenant: 'a', id: Number.NaN }],
  ['an object', { tenant: 'a', id: {} }],
  ['a scope that is missing', { id: 'x' }],
] as const) {
  test(`a key of ${what} is refused before anything is done, for it would be everybody's`, async () => {
    const { charge, runs } = charging();

    await rejects(charge(order as unknown as Order), 'SPOTPROOF_CONFIG_INVALID', (error) => /must be a text or a number/.test(error.message));
    assert.equal(runs.length, 0);
  });
}

test('the same key with another input is refused, unless it is said what counts', async () => {
  const strict = charging();
  await strict.charge({ ...ORDER, cents: 1 });
  await rejects(strict.charge({ ...ORDER, cents: 2 }), 'SPOTPROOF_KEY_REUSED');

  const loose = charging({ fingerprint: (order) => order.tenant });
  await loose.charge({ ...ORDER, cents: 1 });
  await loose.charge({ ...ORDER, cents: 2 });

  const none = charging({ fingerprint: false });
  await none.charge({ ...ORDER, cents: 1 });
  await none.charge({ ...ORDER, cents: 2 });
  assert.deepEqual(
    [strict, loose, none].map(({ runs }) => runs.length),
    [1, 1, 1],
  );
});

test('what the work does to its input changes neither its key nor its fingerprint', async () => {
  const { charge, runs } = charging<Order & { id: string }>({
    run: (_claim, order) => {
      order.id = 'changed';
      return 'done';
    },
  });

  await charge({ ...ORDER });

  assert.equal(await charge({ ...ORDER }), 'done');
  assert.equal(runs.length, 1);
});

test('two functions over one store, called in the same turn, do not answer for each other', async () => {
  const store = new MemoryStore();
  const charge = charging({ name: 'charge', run: () => 'charged' }, store).charge;
  const email = charging({ name: 'email', run: () => 'sent' }, store).charge;

  for (let turn = 0; turn < 2; turn += 1) assert.deepEqual(await Promise.all([charge(ORDER), email(ORDER)]), ['charged', 'sent']);
});

test('an error frees the key, and the next call does the work again under the same effect key and a larger epoch', async () => {
  const claims: Claim[] = [];
  const { charge } = charging({
    run: (claim) => {
      claims.push(claim);
      if (claims.length === 1) throw new Error('timeout');
      return 'charged';
    },
  });

  await assert.rejects(charge(ORDER), /timeout/);
  assert.equal(await charge(ORDER), 'charged');

  const [first, second] = claims;
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual([first.attempt, second.attempt], [1, 2]);
  assert.ok(second.epoch > first.epoch);
  assert.equal(second.effectKey('charge'), first.effectKey('charge'));
  assert.notEqual(second.effectKey('charge'), second.effectKey('email'));
  assert.throws(
    () => first.assertHeld(),
    (error) => isSpotproofError(error, 'SPOTPROOF_CLAIM_LOST'),
  );
});

test('an error that is kept is the answer to the key for good', async () => {
  const { charge, runs } = charging({
    keepError: (error) => error instanceof RangeError,
    run: () => {
      throw Object.assign(new RangeError('card declined'), { code: 'E_CARD' });
    },
  });

  await assert.rejects(charge(ORDER), RangeError);
  await rejects(charge(ORDER), 'SPOTPROOF_WORK_FAILED', ({ message, details, cause }) => {
    assert.deepEqual(details, { name: 'RangeError', message: 'card declined', code: 'E_CARD' });
    return /card declined/.test(message) && cause instanceof Error && cause.name === 'RangeError';
  });
  assert.equal(runs.length, 1);
});

for (const [what, result, told] of [
  ['is of no kind that can be stored', { at: new Date(0) }, /a Date|Date at value\.at/],
  ['is too large', 'x'.repeat(200), /200|bytes/],
] as const) {
  test(`a result that ${what} reaches its caller, and a later call is told that the work is done; it is not done again`, async () => {
    const { charge, runs } = charging({ run: () => result }, smallStore(100));
    const told1 = await omissionsDuring(async () => assert.equal(await charge(ORDER), result));

    await rejects(charge(ORDER), 'SPOTPROOF_NOT_STORABLE', (error) => error.details['done'] === true && told.test(error.message));
    await rejects(charge(ORDER), 'SPOTPROOF_NOT_STORABLE');
    assert.equal(runs.length, 1);
    assert.equal(told1.length, 1);
  });
}

test('a codec that throws, and a blob store that is down, do not have the work done twice', async () => {
  const broken: OnceOptions<[Order], unknown>['codec'] = {
    encode: () => {
      throw new TypeError('no');
    },
    decode: () => undefined,
  };
  const blobs = { put: () => Promise.reject(new SpotproofError('SPOTPROOF_STORE', 'full')), get: () => Promise.resolve(undefined) };
  for (const options of [{ codec: broken }, { blobs, run: () => 'x'.repeat(200) }]) {
    const { charge, runs } = charging(options, smallStore(100));

    await charge(ORDER);
    await rejects(charge(ORDER), 'SPOTPROOF_NOT_STORABLE');
    assert.equal(runs.length, 1);
  }
});

test('work that returns nothing is done once too', async () => {
  const { charge, runs } = charging({ run: () => undefined });

  assert.deepEqual([await charge(ORDER), await charge(ORDER)], [undefined, undefined]);
  assert.equal(runs.length, 1);
});

test('who comes late is told so and records nothing: the later attempt counts', async () => {
  const time = { now: 1_700_000_000_000 };
  const store = new MemoryStore({ now: () => time.now });
  const gate = Promise.withResolvers<string>();
  const results: (Promise<string> | string)[] = [gate.promise, 'second'];
  const claims: Claim[] = [];
  const { charge } = charging(
    {
      run: (claim) => {
        claims.push(claim);
        return results.shift();
      },
    },
    store,
  );
  const first = charge(ORDER);
  await turns();
  time.now += 30_001;

  assert.equal(await charge(ORDER), 'second');
  gate.resolve('first');
  await rejects(first, 'SPOTPROOF_CLAIM_LOST');

  assert.equal(await charge(ORDER), 'second');
  assert.equal(claims[0]?.signal.aborted, true);
  assert.equal(claims[1]?.effectKey('x'), claims[0]?.effectKey('x'));
});

test('a clock that goes back by an hour gives the key to nobody else', async () => {
  const time = { now: 1_700_000_000_000 };
  const gate = Promise.withResolvers<string>();
  const { charge, runs } = charging({ run: () => gate.promise }, new MemoryStore({ now: () => time.now }));
  const first = charge(ORDER);
  await turns();
  time.now -= 3_600_000;

  await rejects(charge(ORDER), 'SPOTPROOF_CLAIM_BUSY');
  gate.resolve('first');

  assert.deepEqual([await first, await charge(ORDER)], ['first', 'first']);
  assert.equal(runs.length, 1);
});

test('while the process stops nothing is begun, and what runs is told so and counted as interrupted when it throws', async () => {
  const stop = new AbortController();
  const store = new MemoryStore();
  const lifecycle = { stop: stop.signal };
  const { charge } = charging(
    {
      lifecycle,
      keepError: () => true,
      run: (claim) => new Promise((_, reject) => claim.signal.addEventListener('abort', () => reject(claim.signal.reason as Error))),
    },
    store,
  );
  const running = charge(ORDER);
  await turns();
  stop.abort();

  await rejects(running, 'SPOTPROOF_INTERRUPTED');
  await rejects(charge(ORDER), 'SPOTPROOF_INTERRUPTED', (error) => error.retryable);
  const record = await store.read(charge.keyOf(ORDER));
  assert.deepEqual([record?.state, record?.interruptions, record?.failures], ['pending', 1, 0]);
});

test('who waits for a key waits no longer once the process stops, and begins nothing', async () => {
  const stop = new AbortController();
  const store = new MemoryStore();
  const gate = Promise.withResolvers<void>();
  const { charge } = charging({ run: () => gate.promise }, store);
  const waiting = charging({ onBusy: { waitMs: 600_000 }, lifecycle: { stop: stop.signal } }, store);
  const first = charge(ORDER);
  const second = waiting.charge(ORDER);
  await turns();
  stop.abort();

  await rejects(second, 'SPOTPROOF_CLAIM_BUSY');
  gate.resolve();
  await first;
  assert.equal(waiting.runs.length, 0);
});

test('a key that is won when the process has just begun to stop is free again at once', async () => {
  const stop = new AbortController();
  const store = new FaultyStore(new MemoryStore());
  const { charge, runs } = charging({ lifecycle: { stop: stop.signal } }, store);
  const call = charge(ORDER);
  stop.abort();

  await rejects(call, 'SPOTPROOF_INTERRUPTED');
  const record = await store.read(charge.keyOf(ORDER));
  assert.deepEqual([runs.length, record?.state, record?.failures], [0, 'pending', 0]);
});

test('an answer of the store that is lost on its way costs a second request, and no second run', async () => {
  const store = new FaultyStore(new MemoryStore());
  store.plan('claim', 'cut');
  store.plan('settle', 'cut', 'cut');
  const { charge, runs } = charging({}, store);

  await charge(ORDER);

  assert.deepEqual(await charge(ORDER), { receipt: 1 });
  assert.equal(runs.length, 1);
  assert.deepEqual(store.calls, ['claim', 'claim', 'settle', 'settle', 'settle', 'claim']);
});

test('a store that refuses to record what is done is an error, and the key is not freed for a second run', async () => {
  const store = new FaultyStore(new MemoryStore());
  store.plan('settle', 'refused');
  const { charge, runs } = charging({}, store);

  await rejects(charge(ORDER), 'SPOTPROOF_STORE');

  await rejects(charge(ORDER), 'SPOTPROOF_CLAIM_BUSY');
  assert.equal(runs.length, 1);
});

test('the first call costs two round trips, each later one and each refusal one', async () => {
  const store = new FaultyStore(new MemoryStore());
  const { charge } = charging({}, store);

  await charge(ORDER);
  assert.deepEqual(store.calls.splice(0), ['claim', 'settle']);
  await charge(ORDER);
  await rejects(charge({ ...ORDER, cents: 1 }), 'SPOTPROOF_KEY_REUSED');
  assert.deepEqual(store.calls, ['claim', 'claim']);
});

test('options that cannot work are refused where they are given', () => {
  const store = new MemoryStore();
  const good = { name: 'n', scope: () => 's', key: () => 'k', run: () => 1 };
  for (const bad of [
    { scope: undefined },
    { key: undefined },
    { run: undefined },
    { name: '' },
    { name: 'x'.repeat(124) },
    { onBusy: 'wait' },
    { onBusy: { waitMs: -1 } },
  ])
    assert.throws(
      () => once(store, { ...good, ...bad } as unknown as OnceOptions<[], number>),
      (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID'),
    );
});

const ORDER: Order = { tenant: 'a', id: 'o-1', cents: 500 };

// oxlint-disable-next-line typescript/no-explicit-any -- a test gives results of any kind
function charging<O extends Order = Order>(options: Partial<OnceOptions<[O], any>> = {}, store: ClaimStore = new MemoryStore()) {
  const runs: O[] = [];
  const { run = () => ({ receipt: runs.length }) } = options;
  const charge = once(store, {
    name: 'charge',
    scope: (order) => order.tenant,
    key: (order) => order.id,
    ...options,
    run: (claim, order: O) => {
      runs.push(order);
      return run(claim, order) as unknown;
    },
  });
  return { charge: charge as typeof charge & ((order: O) => Promise<{ receipt: number }>), runs };
}

async function rejects(promise: Promise<unknown>, code: ErrorCode, holds: (error: SpotproofError) => boolean = () => true): Promise<void> {
  await assert.rejects(promise, (error) => isSpotproofError(error, code) && holds(error));
}

/** A store that takes so many bytes in a record. */
function smallStore(maxBytes: number): ClaimStore {
  const store = new MemoryStore();
  return Object.assign(store, { capabilities: { ...store.capabilities, maxBytes } });
}

async function omissionsDuring(act: () => Promise<void>): Promise<unknown[]> {
  const told: unknown[] = [];
  const hear = (message: unknown): void => void told.push(message);
  subscribe(CHANNELS.omitted, hear);
  try {
    await act();
  } finally {
    unsubscribe(CHANNELS.omitted, hear);
  }
  return told;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
}
