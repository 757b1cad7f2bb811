import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import test, { describe } from 'node:test';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Settlement } from '../../src/protocol/index.ts';
import { createSqliteStore, sqliteSchema } from '../../src/stores/sqlite/index.ts';
import { CREATE, bytes, claimOf, winOf } from '../support/requests.ts';

describe('several processes on one file', () => {
  test('each key is won by exactly one of them, and each effect is there once, with its settlement', async () => {
    using folder = temporary();
    const file = path.join(folder.path, 'claims.db');
    {
      using database = new DatabaseSync(file);
      database.exec('CREATE TABLE effects (key TEXT NOT NULL, name TEXT NOT NULL) STRICT');
    }
    const names = ['one', 'two', 'three'];

    const won = await Promise.all(names.map((name) => worker(file, name, KEYS)));

    using store = createSqliteStore({ path: file });
    using database = new DatabaseSync(file);
    const effects = database.prepare('SELECT key, name FROM effects ORDER BY rowid').all();
    assert.equal(won.flat().length, KEYS);
    assert.deepEqual(new Set(won.flat()).size, KEYS);
    assert.equal(effects.length, KEYS);
    for (const { key, name } of effects) {
      const record = await store.read(String(key));
      assert.deepEqual([record?.state, Buffer.from(record?.result ?? []).toString()], ['done', name]);
    }
  });

  test('a replay and a read are answered while another process has the lock, and a claim that cannot have it says so in time', async () => {
    using folder = temporary();
    const file = path.join(folder.path, 'claims.db');
    using store = createSqliteStore({ path: file, busyMs: 60 });
    const request = claimOf();
    const holder = await winOf(store, request);
    await store.settle({ ...holder, settlement: DONE });
    using other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 1);

    const replay = await store.claim({ ...request, token: randomUUID() });
    await assert.rejects(store.claim(claimOf()), { code: 'SPOTPROOF_STORE', retryable: true, message: /held the lock/, details: { sqliteCode: 5 } });
    clearInterval(ticking);
    const late = store.claim(claimOf());
    other.exec('COMMIT');

    assert.equal(replay.outcome, 'done');
    assert.equal((await late).outcome, 'won');
    assert.ok(ticks > 0, 'the event loop goes on while the store waits for a lock');
  });

  test('connections that open a new file in the same instant all find the table', async () => {
    using folder = temporary();
    const file = path.join(folder.path, 'claims.db');

    const won = await Promise.all(['one', 'two', 'three'].map((name) => worker(file, name, 0)));

    assert.deepEqual(won, [[], [], []]);
  });
});

describe('transactions', () => {
  test('what is written already is not written again with another effect', async () => {
    using database = new DatabaseSync(':memory:');
    using store = createSqliteStore({ database });
    database.exec('CREATE TABLE effects (name TEXT NOT NULL) STRICT');
    const holder = await winOf(store, claimOf());
    const effect = async (tx: DatabaseSync): Promise<void> => {
      await Promise.resolve();
      tx.exec("INSERT INTO effects VALUES ('one')");
    };
    const save = { ...holder, seq: 1, version: 1, data: bytes('one'), leaseMs: 1000 };
    const released: Settlement = {
      to: 'pending',
      afterMs: 0,
      counts: 'nothing',
      checkpoint: { seq: 1, version: 1, data: bytes('') },
      result: bytes(''),
      keepMs: 1,
    };

    await store.transact(effect, () => save);
    for (const settlement of [undefined, released])
      await assert.rejects(
        store.transact(effect, () => (settlement === undefined ? save : { ...holder, settlement })),
        { code: 'SPOTPROOF_CLAIM_LOST' },
      );
    await store.transact(effect, () => ({ ...holder, settlement: DONE }));
    await assert.rejects(
      store.transact(effect, () => ({ ...holder, settlement: DONE })),
      { code: 'SPOTPROOF_CLAIM_LOST' },
    );

    assert.equal(database.prepare('SELECT count(*) AS n FROM effects').get()?.['n'], 2);
  });

  test('calls from outside wait for a transaction, and its own work is told to use what it was given', async () => {
    using store = createSqliteStore({ path: ':memory:' });
    const holder = await winOf(store, claimOf());
    let outside: Promise<unknown> = Promise.resolve();
    const events: string[] = [];
    const renewal = (): Promise<unknown> => store.renew({ ...holder, leaseMs: 1000 }).then((answer) => events.push(answer));
    // Not of the transaction: as a heartbeat, which began before.
    const beat = new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => void (outside = renewal()));

    await store.transact(
      async () => {
        await assert.rejects(store.read(holder.key), { code: 'SPOTPROOF_MISUSE', message: /connection that the work is given/ });
        await beat;
        events.push('end of work');
      },
      () => ({ ...holder, seq: 1, version: 1, data: bytes('one'), leaseMs: 1000 }),
    );
    await outside;

    assert.deepEqual(events, ['end of work', 'held']);
  });

  test('work that ends the transaction itself, and a connection that has another one open, are told so', async () => {
    using database = new DatabaseSync(':memory:');
    using store = createSqliteStore({ database });
    const holder = await winOf(store, claimOf());

    await assert.rejects(
      store.transact(
        async (tx) => {
          await Promise.resolve();
          tx.exec('COMMIT');
        },
        () => ({ ...holder, settlement: DONE }),
      ),
      { code: 'SPOTPROOF_MISUSE', message: /COMMIT and ROLLBACK/ },
    );
    database.exec('BEGIN');
    await assert.rejects(store.claim(claimOf()), { code: 'SPOTPROOF_MISUSE', message: /connection of its own/ });
    database.exec('ROLLBACK');

    assert.equal((await store.read(holder.key))?.state, 'held');
    assert.equal((await store.claim(claimOf())).outcome, 'won');
  });
});

describe('what is not as it should be', () => {
  test('a file that is removed or replaced while it is open gives no key away: the store says so instead', async () => {
    for (const isReplaced of [false, true]) {
      using folder = temporary();
      const file = path.join(folder.path, 'claims.db');
      using store = createSqliteStore({ path: file });
      const holder = await winOf(store, claimOf());
      const request = claimOf();

      for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
      using other = isReplaced ? createSqliteStore({ path: file }) : undefined;

      const moved = { code: 'SPOTPROOF_STORE', retryable: false, message: /removed or replaced/ };
      await assert.rejects(store.claim(request), moved);
      await assert.rejects(store.settle({ ...holder, settlement: DONE }), moved);
      await assert.rejects(
        store.transact(
          () => Promise.resolve(),
          () => ({ ...holder, settlement: DONE }),
        ),
        moved,
      );
      await assert.rejects(store.check(), moved);
      if (other !== undefined) assert.equal((await other.claim(request)).outcome, 'won');
    }
  });

  test('a store that is closed says so, also one that is closed in the middle of a transaction', async () => {
    const closed = { code: 'SPOTPROOF_STORE', retryable: false, message: /closed/ };
    using folder = temporary();
    const store = createSqliteStore({ path: path.join(folder.path, 'claims.db') });
    const holder = await winOf(store, claimOf());

    await assert.rejects(
      store.transact(
        async () => {
          await Promise.resolve();
          store.close();
        },
        () => ({ ...holder, settlement: DONE }),
      ),
      closed,
    );
    for (const call of [() => store.claim(claimOf()), () => store.read('key'), () => store.list({ limit: 1 }), () => store.check()])
      await assert.rejects(call, closed);
  });

  test('a connection that wants the names of parameters in full serves as well', async () => {
    using database = new DatabaseSync(':memory:', { allowBareNamedParameters: false, readBigInts: true });
    using store = createSqliteStore({ database });
    await winOf(store, claimOf());

    assert.equal((await store.list({ kind: 'test', state: 'held', limit: 10 })).records.length, 1);
    assert.equal(await store.sweep({ limit: 10 }), 0);
  });

  test('a full disk is named, nothing is written, and what fits goes on', async () => {
    using folder = temporary();
    using database = new DatabaseSync(path.join(folder.path, 'claims.db'));
    using store = createSqliteStore({ database });
    const holder = await winOf(store, claimOf());
    database.exec('PRAGMA max_page_count = 12');
    const large = claimOf({ create: { ...CREATE, data: new Uint8Array(200_000) } });

    await assert.rejects(store.claim(large), { code: 'SPOTPROOF_STORE', retryable: true, message: /disk is full/, details: { sqliteCode: 13 } });
    await assert.rejects(
      store.transact(
        async (tx) => {
          await Promise.resolve();
          tx.exec("INSERT INTO spotproof_layouts VALUES ('an effect', 1)");
        },
        () => ({ ...holder, seq: 1, version: 1, data: new Uint8Array(200_000), leaseMs: 1000 }),
      ),
      { code: 'SPOTPROOF_STORE', message: /disk is full/ },
    );

    assert.equal(await store.read(large.key), undefined);
    assert.equal(database.prepare('SELECT count(*) AS n FROM spotproof_layouts WHERE "table" = \'an effect\'').get()?.['n'], 0);
    assert.equal(await store.settle({ ...holder, settlement: DONE }), 'held');
  });

  test('a file that is read-only, missing, damaged or none of SQLite is named with what to do', async () => {
    using folder = temporary();
    const file = (name: string): string => path.join(folder.path, name);
    createSqliteStore({ path: file('good.db') }).close();
    using readOnly = new DatabaseSync(file('good.db'), { readOnly: true });
    writeFileSync(file('text.db'), 'This is a letter, and no database. '.repeat(100));
    mkdirSync(file('folder.db'));

    assert.throws(() => createSqliteStore({ database: readOnly }), { code: 'SPOTPROOF_STORE', retryable: false, message: /read-only/ });
    assert.throws(() => createSqliteStore({ path: file('text.db') }), { code: 'SPOTPROOF_STORE', message: /no SQLite database/ });
    assert.throws(() => createSqliteStore({ path: file('folder.db') }), { code: 'SPOTPROOF_STORE', message: /cannot be opened/ });
    assert.throws(() => createSqliteStore({ path: file('nowhere/claims.db') }), { code: 'SPOTPROOF_STORE', message: /cannot be opened/ });

    using store = createSqliteStore({ path: file('damaged.db') });
    await winOf(store, claimOf());
    store.close();
    const pages = readFileSync(file('damaged.db'));
    // The root of each table and index, but not the list of them.
    for (let page = 1; page < pages.length / PAGE_BYTES; page += 1) pages.fill(0xff, page * PAGE_BYTES, page * PAGE_BYTES + 100);
    writeFileSync(file('damaged.db'), pages);

    assert.throws(() => createSqliteStore({ path: file('damaged.db') }), { code: 'SPOTPROOF_STORE', retryable: false, message: /damaged/ });
  });

  test('a layout that a newer version made is left alone', () => {
    using database = new DatabaseSync(':memory:');
    createSqliteStore({ database });
    database.exec('UPDATE spotproof_layouts SET layout = 99');

    assert.throws(() => createSqliteStore({ database }), { code: 'SPOTPROOF_STORE', message: /Update this one/, details: { has: 99, wants: 1 } });
    createSqliteStore({ database, table: 'another' });
  });

  test('options that cannot be are refused', () => {
    using database = new DatabaseSync(':memory:');
    const cases = [
      {},
      { path: ':memory:', database },
      { path: ':memory:', durability: 'fast' },
      { path: '' },
      { path: ':memory:', busyMs: Number.NaN },
      { path: ':memory:', busyMs: -1 },
      { path: ':memory:', table: '' },
      { path: ':memory:', table: 'a\0' },
    ];

    for (const options of cases)
      assert.throws(() => createSqliteStore(options as { path: string }), { code: 'SPOTPROOF_CONFIG_INVALID' }, JSON.stringify(Object.keys(options)));
  });
});

describe('as it is set up', () => {
  test('durability is what the connection is set to', async () => {
    using folder = temporary();
    const file = path.join(folder.path, 'claims.db');
    for (const [durability, expected] of [
      ['full', 'sync'],
      ['normal', 'async'],
    ] as const) {
      using store = createSqliteStore({ path: file, durability });
      const { durability: checked, version, warnings } = await store.check();

      assert.deepEqual([store.capabilities.durability, checked, warnings], [expected, expected, []]);
      assert.match(version, /^SQLite 3\./);
    }
    using memory = createSqliteStore({ path: ':memory:' });
    using rollback = new DatabaseSync(path.join(folder.path, 'rollback.db'));
    using other = createSqliteStore({ database: rollback });

    assert.equal(memory.capabilities.durability, 'none');
    assert.equal(other.capabilities.durability, 'sync');
    assert.match((await other.check()).warnings.join(), /write-ahead log/);
  });

  test('the published statements make the table that the store works with, under any name', async () => {
    using database = new DatabaseSync(':memory:');
    const table = 'odd "name"; --';
    database.exec(sqliteSchema({ table }));

    using store = createSqliteStore({ database, table });

    await store.check();
    assert.equal(database.prepare('SELECT count(*) AS n FROM "odd ""name""; --"').get()?.['n'], 0);
  });

  test('a heartbeat does not write a large checkpoint again', async () => {
    using folder = temporary();
    const file = path.join(folder.path, 'claims.db');
    using store = createSqliteStore({ path: file });
    const holder = await winOf(store, claimOf({ create: { ...CREATE, data: new Uint8Array(1_000_000) } }));
    using other = new DatabaseSync(file);
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');

    for (let beats = 0; beats < 5; beats += 1) await store.renew({ ...holder, leaseMs: 1000 });

    assert.ok(statSync(`${file}-wal`).size < 200_000);
  });

  test('what is due is found by its index', () => {
    using database = new DatabaseSync(':memory:');
    createSqliteStore({ database });
    const plan = (where: string): string =>
      JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN SELECT "key" FROM spotproof_claims WHERE ${where}`).all());

    assert.match(
      plan(`("due_at", "key") > (1, 'a') AND "state" IN ('pending', 'held') AND "due_at" <= 5 ORDER BY "due_at", "key" LIMIT 5`),
      /spotproof_claims_open/,
    );
  });

  test('sweeping removes what is over, settled or abandoned, and nothing else', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    using store = createSqliteStore({ path: ':memory:', now: () => nowMs });
    const settled = await winOf(store, claimOf());
    await store.settle({ ...settled, settlement: { ...DONE, keepMs: 0 } });
    const abandoned = await winOf(store, claimOf({ leaseMs: 1, keepMs: 0 }));
    const kept = await winOf(store, claimOf());
    await store.settle({ ...kept, settlement: { ...DONE, keepMs: Infinity } });
    const held = await winOf(store, claimOf({ leaseMs: 60_000, keepMs: 0 }));

    const atOnce = await store.sweep({ limit: 10 });
    nowMs += 1;
    const swept = [await store.sweep({ limit: 1 }), await store.sweep({ limit: 10 }), await store.sweep({ limit: 10 })];

    assert.equal(atOnce, 0);
    assert.deepEqual(swept, [1, 1, 0]);
    const left = await Promise.all([settled, abandoned, kept, held].map(({ key }) => store.read(key)));
    assert.deepEqual(
      left.map((record) => record !== undefined),
      [false, false, true, true],
    );
  });

  test('a Node without SQLite is told which one has it', async () => {
    await assert.rejects(
      promisify(execFile)(process.execPath, ['--no-experimental-sqlite', CONDITIONS, WORKER, 'claims.db', 'one', '0'], {
        timeout: LIMIT_MS,
      }),
      /SPOTPROOF_PLATFORM[\s\S]*Use Node 22\.18 or newer|Use Node 22\.18 or newer[\s\S]*SPOTPROOF_PLATFORM/,
    );
  });
});

async function worker(file: string, name: string, count: number): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [CONDITIONS, WORKER, file, name, String(count)], { timeout: LIMIT_MS });
  return JSON.parse(stdout) as string[];
}

function temporary(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-sqlite-'));
  return {
    path: folder,
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}

const WORKER = path.join(import.meta.dirname, 'sqlite-worker.program.ts');
const CONDITIONS = '--conditions=@spotproof/source';
const DONE: Settlement = { to: 'done', result: bytes('result'), keepMs: 60_000 };
const KEYS = 100;
const PAGE_BYTES = 4096;
const LIMIT_MS = 60_000;
