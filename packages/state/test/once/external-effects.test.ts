import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { SpotproofError, isSpotproofError } from '@spotproof/core';
import { idempotentFetch } from '../../src/http/fetch.ts';
import { idempotentHttp } from '../../src/http/index.ts';
import { MemoryStore, once, onceInTransaction, type ClaimStore, type Durability, type OnceOptions } from '../../src/index.ts';
import { createSqliteStore } from '../../src/stores/sqlite/index.ts';

const EXTERNAL = { effects: 'external-once' } as const;

for (const durability of ['async', 'none'] as const)
  test(`a store that declares ${durability} is refused where the work is defined, for effects that must not happen twice`, () => {
    const { store } = storeOf({ declares: durability });

    for (const define of [
      () => charging(store, EXTERNAL),
      () => answering(store, EXTERNAL),
      () => idempotentHttp(store, { scope: () => 's', ...EXTERNAL }),
    ])
      assert.throws(define, (error) => isRefusal(error, durability));
  });

test('the refusal says what the store declares, and each way out', () => {
  const { store } = storeOf({ declares: 'async' });

  assert.throws(
    () => charging(store, EXTERNAL),
    (error: SpotproofError) => {
      for (const part of [
        'Redis',
        'async',
        'appendfsync always',
        "durability: 'sync'",
        'synchronous_commit',
        'innodb_flush_log_at_trx_commit',
        'another store',
        'acceptLoss: true',
      ])
        assert.ok(error.message.includes(part), `${part} is not in: ${error.message}`);
      return true;
    },
  );
});

test('with acceptLoss it is taken all the same, and without effects as ever', async () => {
  for (const options of [{ ...EXTERNAL, acceptLoss: true }, {}, { acceptLoss: true }]) {
    const { store, asked } = storeOf({ declares: 'none' });

    assert.equal(await charging(store, options).charge('k'), 'done');
    assert.equal((await answering(store, options)(post())).status, 200);
    assert.equal(asked(), 0);
  }
});

test('a store that keeps what it has answered is taken, and is not asked again', async () => {
  const { store, asked } = storeOf({ declares: 'sync' });

  assert.equal(await charging(store, EXTERNAL).charge('k'), 'done');
  assert.equal(asked(), 0);
});

test('a store that learns its durability from its server is asked before the first work, once, however many call', async () => {
  const { store, asked } = storeOf({ assumes: 'async', is: 'sync' });
  const { charge, runs } = charging(store, EXTERNAL);

  assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((key) => charge(key))), ['done', 'done', 'done']);
  await charge('d');

  assert.deepEqual([asked(), runs.length], [1, 4]);
});

test('if the server would lose it, the first call is refused before anything is claimed or done', async () => {
  const { store, claims } = storeOf({ assumes: 'sync', is: 'async' });
  const { charge, runs } = charging(store, EXTERNAL);
  const fetch = answering(store, EXTERNAL);

  await assert.rejects(charge('k'), (error) => isRefusal(error, 'async'));
  await assert.rejects(fetch(post()), (error) => isRefusal(error, 'async'));

  assert.deepEqual([runs.length, claims()], [0, 0]);
});

test('a server that cannot be asked has nothing done: an error of the store, and asked again by the next call', async () => {
  const { store, claims, asked, fail } = storeOf({ assumes: 'sync', is: 'sync' });
  const { charge, runs } = charging(store, EXTERNAL);
  fail(new SpotproofError('SPOTPROOF_STORE', 'The table is not there.'));

  await assert.rejects(charge('k'), (error) => isSpotproofError(error, 'SPOTPROOF_STORE'));
  const response = await answering(store, EXTERNAL)(post());
  assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [503, 'idempotency-store-unavailable']);
  assert.deepEqual([runs.length, claims(), asked()], [0, 0, 2]);

  fail(undefined);
  assert.equal(await charge('k'), 'done');
});

test('SQLite says at once what its file survives', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spotproof-'));
  try {
    using lossy = createSqliteStore({ path: join(folder, 'lossy.db'), durability: 'normal' });
    using sure = createSqliteStore({ path: join(folder, 'sure.db') });
    const inTransaction = { name: 'n', scope: () => 's', key: () => 'k', run: () => Promise.resolve(1), ...EXTERNAL };

    assert.throws(
      () => charging(lossy, EXTERNAL),
      (error) => isRefusal(error, 'async'),
    );
    assert.throws(
      () => onceInTransaction(lossy, inTransaction),
      (error) => isRefusal(error, 'async'),
    );
    onceInTransaction(sure, inTransaction);
    charging(sure, EXTERNAL);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is written wrong is refused, and not taken for none', () => {
  const { store } = storeOf({ declares: 'sync' });

  for (const wrong of [{ effects: 'external' }, { effects: true }, { ...EXTERNAL, acceptLoss: 'yes' }] as never[])
    assert.throws(
      () => charging(store, wrong),
      (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID'),
    );
});

function charging(store: ClaimStore, options: Partial<OnceOptions<[key: string], string>>) {
  const runs: string[] = [];
  const charge = once(store, {
    name: 'charge',
    scope: () => 'a',
    key: (key: string) => key,
    run: (_claim, key) => {
      runs.push(key);
      return 'done';
    },
    ...options,
  });
  return { charge, runs };
}

function answering(store: ClaimStore, options: { readonly effects?: 'external-once'; readonly acceptLoss?: boolean }) {
  return idempotentFetch(store, { scope: () => 'a', ...options }, () => new Response('ok'));
}

function post(): Request {
  return new Request('http://localhost/', { method: 'POST', headers: { 'idempotency-key': 'k' } });
}

function isRefusal(error: unknown, durability: Durability): boolean {
  return isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && error.details['durability'] === durability;
}

/** A store that says this of itself at once, or only after its server was asked. */
function storeOf(what: { readonly declares: Durability } | { readonly assumes: Durability; readonly is: Durability }) {
  const store = new MemoryStore();
  let asked = 0;
  let claims = 0;
  let failure: Error | undefined;
  const claim = store.claim.bind(store);
  const durability = 'declares' in what ? what.declares : what.assumes;
  const capabilities = { ...store.capabilities, name: 'Redis', durability, isDurabilityAssumed: 'assumes' in what };
  Object.assign(store, {
    capabilities,
    claim: (request: Parameters<typeof claim>[0]) => {
      claims += 1;
      return claim(request);
    },
    check: () => {
      asked += 1;
      if (failure !== undefined) return Promise.reject(failure);
      if ('is' in what) Object.assign(capabilities, { durability: what.is, isDurabilityAssumed: false });
      return Promise.resolve({ version: '', durability: capabilities.durability, warnings: [] });
    },
  });
  return { store: store as ClaimStore, asked: () => asked, claims: () => claims, fail: (error: Error | undefined) => void (failure = error) };
}
