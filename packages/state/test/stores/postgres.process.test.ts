import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test, { after, before, describe } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { once } from '../../src/index.ts';
import type { Claim, Holder, Settlement } from '../../src/protocol/index.ts';
import type { Request } from '../../src/store.ts';
import { createPostgresStore, postgresSchema, type PostgresPool } from '../../src/stores/postgres/index.ts';
import { cutConnections } from '../support/cut-connections.ts';
import { lifeOfAKey } from '../support/life-of-a-key.ts';
import { countRoundTrips } from '../support/round-trips.ts';
import { PostgresServer } from '../support/servers/postgres.ts';
import { CREATE, bytes, claimOf, winOf } from '../support/requests.ts';

let server: PostgresServer;
/** For looking on, and for what other sessions do. */
let admin: pg.Pool;

before(async () => {
  server = await PostgresServer.start();
  admin = new pg.Pool(server.connection);
  admin.on('error', () => {});
  await createPostgresStore({ pool: admin }).migrate();
  await admin.query('CREATE TABLE effects (name text NOT NULL)');
});
after(async () => {
  await admin.end();
  await server[Symbol.asyncDispose]();
});

describe('round trips', () => {
  test('a first call is two, and a replay, a busy answer, a step and a heartbeat are one each', async () => {
    await using wire = await countRoundTrips({ path: server.socketPath });
    await using one = poolOf({ port: wire.port, max: 1 });
    const store = createPostgresStore({ pool: one.pool });

    const { costs } = await lifeOfAKey(store, wire);
    const { roundTrips: listed } = await wire.during(() => store.list({ kind: 'test', state: 'due', limit: 10 }));

    assert.deepEqual({ ...costs, listed }, { first: 2, replay: 1, taken: 1, busy: 1, step: 1, heartbeat: 1, listed: 1 });
  });

  test('a replay locks nothing and writes nothing', async () => {
    const store = createPostgresStore({ pool: admin });
    const request = claimOf();
    const holder = await winOf(store, request);
    await store.settle({ ...holder, settlement: DONE });
    const physical = async (): Promise<unknown> =>
      (await admin.query('SELECT ctid, xmin, xmax FROM spotproof_claims WHERE key = $1', [request.key])).rows;
    const nextTransaction = async (): Promise<number> =>
      Number((await admin.query('SELECT pg_snapshot_xmax(pg_current_snapshot()) AS next')).rows[0].next);
    const before = [await physical(), await nextTransaction()];

    for (let replays = 0; replays < 10; replays += 1) assert.equal((await store.claim({ ...request, token: randomUUID() })).outcome, 'done');

    assert.deepEqual([await physical(), await nextTransaction()], before);
  });

  test('what is due is found by its index, not by looking at what is settled', async () => {
    const queries: { text: string; values: unknown[] }[] = [];
    const spy: PostgresPool = {
      query: (query) => {
        queries.push(query);
        return admin.query(query);
      },
      connect: () => admin.connect(),
    };
    const store = createPostgresStore({ pool: spy, table: 'large' });
    await store.migrate();
    await admin.query(`INSERT INTO large SELECT 'key' || n, 'test', CASE WHEN n % 1000 = 0 THEN 'pending' ELSE 'done' END, 't', 1, n, 8640000000000000, '', 0, 1, 0, 0, 0, '', ''
      FROM generate_series(1, 20000) AS n`);
    await admin.query('ANALYZE large');
    queries.length = 0;

    const page = await store.list({ kind: 'test', state: 'due', limit: 5 });
    const [query] = queries;
    const { rows } = await admin.query<{ 'QUERY PLAN': string }>({ text: `EXPLAIN ${query?.text}`, values: query?.values ?? [] });

    assert.equal(page.records.length, 5);
    assert.match(rows.map((row) => row['QUERY PLAN']).join('\n'), /Index Scan using large_open/);
  });
});

describe('statements that meet', () => {
  test('a claim that waited for another one in the making sees who has the key', async () => {
    const store = createPostgresStore({ pool: admin });
    const request = claimOf();
    const other = claimOf({ key: request.key });

    const [answer] = await meeting(
      (session) => insertHeld(session, other),
      () => [store.claim(request)],
    );

    assert.deepEqual(answer?.outcome, 'busy');
    assert.equal((await store.read(request.key))?.token, other.token);
  });

  test('a claim whose rival gave up wins', async () => {
    const store = createPostgresStore({ pool: admin });
    const request = claimOf();

    const [answer] = await meeting(
      (session) => insertHeld(session, claimOf({ key: request.key })),
      () => [store.claim(request)],
      'ROLLBACK',
    );

    assert.equal(answer?.outcome, 'won');
  });

  test('work that was put there in the same instant by somebody else is said to be there', async () => {
    const store = createPostgresStore({ pool: admin });
    const { key, token } = claimOf();
    const work = { key, token, create: CREATE, afterMs: 0, keepMs: 1000 };

    const answers = await meeting(
      (session) => insertHeld(session, claimOf({ key })),
      () => [store.add(work), store.add({ ...work, create: { ...CREATE, fingerprint: 'other' } })],
    );

    assert.deepEqual(answers, ['exists', 'mismatch']);
  });

  test('two copies of one settlement that are under way together are both answered as the first', async () => {
    const store = createPostgresStore({ pool: admin });
    const holder = await winOf(store, claimOf());

    const answers = await meeting(
      (session) => session.query('SELECT FROM spotproof_claims WHERE key = $1 FOR UPDATE', [holder.key]),
      () => [store.settle({ ...holder, settlement: DONE }), store.settle({ ...holder, settlement: DONE })],
    );

    assert.deepEqual(answers, ['held', 'held']);
  });

  test('of takers that waited for one row exactly one wins, the lease of the winner is not over for the others', async () => {
    const store = createPostgresStore({ pool: admin });
    const key = randomUUID();
    await store.add({ key, token: randomUUID(), create: CREATE, afterMs: 0, keepMs: 1000 });

    const answers = await meeting(
      (session) => session.query('SELECT FROM spotproof_claims WHERE key = $1 FOR UPDATE', [key]),
      () => Array.from({ length: 4 }, () => store.claim(claimOf({ key, create: undefined }))),
    );

    assert.deepEqual(answers.map(({ outcome }) => outcome).toSorted(), ['busy', 'busy', 'busy', 'won']);
  });

  test('what is claimed while it is swept away stays', async () => {
    const store = createPostgresStore({ pool: admin, table: 'swept' });
    await store.migrate();
    const request = claimOf({ leaseMs: 1, keepMs: 0 });
    await winOf(store, request);
    await delay(5);

    const [swept] = await meeting(
      (session) => session.query("UPDATE swept SET keep_until = keep_until + 600000, token = 'another' WHERE key = $1", [request.key]),
      () => [store.sweep({ limit: 10 })],
    );

    assert.equal(swept, 0);
    assert.equal((await store.read(request.key))?.token, 'another');
  });
});

describe('connections that break', () => {
  test('every write whose answer was lost is answered as the first one was when it is sent again', async () => {
    await using wire = await cutConnections({ path: server.socketPath });
    await using one = poolOf({ port: wire.port });
    const store = createPostgresStore({ pool: one.pool });
    const twice = async <T>(what: 'unsent' | 'unanswered', send: () => Promise<T>): Promise<T> => {
      wire.cut(what);
      await assert.rejects(send, { code: 'SPOTPROOF_STORE', retryable: true });
      return await send();
    };

    for (const what of ['unsent', 'unanswered'] as const) {
      const request = claimOf({ create: undefined });
      await store.read('connected');
      const { key, token } = request;
      assert.equal(await twice(what, () => store.add({ key, token: `${token}-add`, create: CREATE, afterMs: 0, keepMs: 1000 })), 'added');
      const claimed = await twice(what, () => store.claim(request));
      assert.equal(claimed.outcome, 'won');
      const holder = { key, token, epoch: claimed.epoch };
      assert.equal(await twice(what, () => store.renew({ ...holder, leaseMs: 60_000 })), 'held');
      assert.equal(await twice(what, () => store.save({ ...holder, seq: 1, version: 1, data: bytes('one'), leaseMs: 60_000 })), 'held');
      assert.equal(await twice(what, () => store.settle({ ...holder, settlement: DONE })), 'held');
      const made = claimOf();
      const created = await twice(what, () => store.claim(made));
      assert.equal(created.outcome, 'won');
      assert.deepEqual(await store.read(key).then((record) => record && [record.state, record.seq, record.interruptions, record.failures]), [
        'done',
        1,
        0,
        0,
      ]);
    }
    assert.equal(wire.count, 12);
  });

  test('a call whose backend is ended in its middle may be sent again', async () => {
    await using one = poolOf({});
    const store = createPostgresStore({ pool: one.pool });
    const holder = await winOf(store, claimOf());
    const session = await admin.connect();
    await session.query('BEGIN');
    await session.query('SELECT FROM spotproof_claims WHERE key = $1 FOR UPDATE', [holder.key]);

    const call = assert.rejects(store.settle({ ...holder, settlement: DONE }), {
      code: 'SPOTPROOF_STORE',
      retryable: true,
      details: { sqlState: '57P01' },
    });
    const [pid] = await waiting(1);
    await admin.query('SELECT pg_terminate_backend($1)', [pid]);
    await call;
    await session.query('ROLLBACK');
    session.release();

    assert.equal((await store.read(holder.key))?.state, 'held');
    assert.equal(await store.settle({ ...holder, settlement: DONE }), 'held');
  });

  test('a transaction whose COMMIT was done and not answered has happened once, and its result is returned', async () => {
    await using wire = await cutConnections({ path: server.socketPath });
    // To ask what became of it takes a connection, too.
    await using one = poolOf({ port: wire.port, max: 1 });
    const store = createPostgresStore({ pool: one.pool });
    for (const isSave of [true, false]) {
      const holder = await winOf(store, claimOf());

      wire.cut('unanswered', 'COMMIT');
      const result = await store.transact(effectOf(holder.key), () => (isSave ? saveOf(holder, 1) : { ...holder, settlement: DONE }));

      assert.equal(result, 'made');
      assert.equal(await effects(holder.key), 1);
    }
  });

  test('a transaction whose COMMIT never arrived has not happened, and may be tried again', async () => {
    await using wire = await cutConnections({ path: server.socketPath });
    await using one = poolOf({ port: wire.port });
    const store = createPostgresStore({ pool: one.pool });
    const holder = await winOf(store, claimOf());

    wire.cut('unsent', 'COMMIT');
    await assert.rejects(
      store.transact(effectOf(holder.key), () => saveOf(holder, 1)),
      { code: 'SPOTPROOF_STORE', retryable: true },
    );
    const before = await effects(holder.key);
    await store.transact(effectOf(holder.key), () => saveOf(holder, 1));

    assert.equal(before, 0);
    assert.equal(await effects(holder.key), 1);
  });

  test('a connection that breaks while the work of a transaction does something else ends the transaction, not the process', async () => {
    await using one = poolOf({});
    const store = createPostgresStore({ pool: one.pool });
    const holder = await winOf(store, claimOf());

    const call = store.transact(
      async (tx) => {
        await effectOf(holder.key)(tx);
        const { rows } = await tx.query('SELECT pg_backend_pid() AS pid');
        await admin.query('SELECT pg_terminate_backend($1, 5000)', [rows[0].pid]);
      },
      () => saveOf(holder, 1),
    );

    await assert.rejects(call, { code: 'SPOTPROOF_STORE', retryable: true });
    assert.equal(await effects(holder.key), 0);
  });

  test('a server that starts again is found again by the same store', async () => {
    await using one = poolOf({});
    const store = createPostgresStore({ pool: one.pool });
    const request = claimOf();
    const holder = await winOf(store, request);

    await server.restart();

    assert.equal(await resent(() => store.renew({ ...holder, leaseMs: 60_000 })), 'held');
    assert.equal((await store.claim({ ...request, token: randomUUID() })).outcome, 'busy');
  });
});

describe('transactions', () => {
  test('what is written already is not written again with another effect', async () => {
    const store = createPostgresStore({ pool: admin });
    const holder = await winOf(store, claimOf());
    const released: Settlement = {
      to: 'pending',
      afterMs: 60_000,
      counts: 'nothing',
      checkpoint: { seq: 2, version: 1, data: bytes('two') },
      result: bytes(''),
      keepMs: 1000,
    };
    for (const request of [saveOf(holder, 1), saveOf(holder, 2), { ...holder, settlement: released }, { ...holder, settlement: DONE }]) {
      if ('seq' in request && request.seq === 2) await store.save(request);
      else if (!('settlement' in request) || request.settlement === DONE) await store.transact(effectOf(holder.key), () => request);

      await assert.rejects(
        store.transact(effectOf(holder.key), () => request),
        { code: 'SPOTPROOF_CLAIM_LOST' },
      );
    }
    assert.equal(await effects(holder.key), 2);
  });

  test('a constraint that fails at COMMIT is told, and nothing has happened', async () => {
    const store = createPostgresStore({ pool: admin });
    const holder = await winOf(store, claimOf());
    await admin.query('CREATE TABLE deferred (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)');

    await assert.rejects(
      store.transact(
        (tx) => tx.query('INSERT INTO deferred VALUES (1), (1)'),
        () => ({ ...holder, settlement: DONE }),
      ),
      { code: 'SPOTPROOF_STORE', retryable: false, details: { sqlState: '23505' } },
    );

    assert.equal((await store.read(holder.key))?.state, 'held');
  });

  test('an error of the work goes to its caller as it is, and the connection back to the pool', async () => {
    await using one = poolOf({ max: 1 });
    const store = createPostgresStore({ pool: one.pool });
    const holder = await winOf(store, claimOf());

    await assert.rejects(
      store.transact(
        (tx) => tx.query('SELECT * FROM nowhere'),
        () => ({ ...holder, settlement: DONE }),
      ),
      { code: '42P01', name: 'error' },
    );

    assert.equal((await store.read(holder.key))?.state, 'held');
    assert.equal(one.pool.totalCount, 1);
  });
});

describe('what is not as it should be', () => {
  test('a full disk is named, nothing is written, and the call may be sent again', async () => {
    const store = createPostgresStore({ pool: admin, table: 'full' });
    await store.migrate();
    await admin.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      RAISE EXCEPTION 'could not extend file "base/5/16384": No space left on device' USING ERRCODE = '53100'; END $$`);
    await admin.query('CREATE TRIGGER full_disk BEFORE INSERT ON "full" FOR EACH ROW EXECUTE FUNCTION full_disk()');
    const request = claimOf();

    await assert.rejects(store.claim(request), { code: 'SPOTPROOF_STORE', retryable: true, message: /disk is full/, details: { sqlState: '53100' } });

    assert.equal(await store.read(request.key), undefined);
  });

  test('a session that only reads is refused by the check and by each write, with the reason', async () => {
    await using one = poolOf({ options: '-c default_transaction_read_only=on' });
    const store = createPostgresStore({ pool: one.pool });

    await assert.rejects(store.check(), { code: 'SPOTPROOF_STORE', retryable: false, message: /connect to the primary/ });
    await assert.rejects(store.claim(claimOf()), { code: 'SPOTPROOF_STORE', message: /connect to the primary/, details: { sqlState: '25006' } });
  });

  test('a table that is missing, older or newer is refused with what to do', async () => {
    const store = createPostgresStore({ pool: admin, table: 'elsewhere' });

    await assert.rejects(store.check(), { code: 'SPOTPROOF_STORE', message: /Call migrate\(\)/ });
    await assert.rejects(store.claim(claimOf()), { code: 'SPOTPROOF_STORE', retryable: false, message: /Call migrate\(\)/ });
    await store.migrate();
    await store.check();
    await admin.query("COMMENT ON TABLE elsewhere IS 'Claims of Spotproof, layout 99'");

    await assert.rejects(store.check(), { code: 'SPOTPROOF_STORE', message: /Update this one/, details: { has: 99, wants: 1 } });
    await store.migrate();
    await assert.rejects(store.check(), { code: 'SPOTPROOF_STORE', message: /Update this one/ });
  });

  test('tasks that start at once may all make the table', async () => {
    const stores = Array.from({ length: 4 }, () => createPostgresStore({ pool: admin, table: 'together' }));

    // All of them find no table, and wait for the one that is being made.
    await meeting(
      (session) => session.query(postgresSchema({ table: 'together' })),
      () => stores.map((store) => store.migrate()),
    );

    await stores[0]!.check();
    assert.equal((await admin.query("SELECT count(*)::int AS n FROM pg_indexes WHERE tablename = 'together'")).rows[0].n, 3);
  });

  test('the published statements make the table that the store works with', async () => {
    await admin.query('CREATE SCHEMA by_hand');
    await admin.query(postgresSchema({ schema: 'by_hand', table: 'claims' }));

    await createPostgresStore({ pool: admin, schema: 'by_hand', table: 'claims' }).check();
  });

  test('the check says what durability the server has, and what a person should know', async () => {
    await using careful = poolOf({ options: '-c synchronous_commit=off -c default_transaction_isolation=serializable' });
    careful.pool.removeAllListeners('error');
    const store = createPostgresStore({ pool: careful.pool });

    const { version, durability, warnings } = await resent(() => store.check());

    assert.match(version, /^PostgreSQL \d+/);
    assert.equal(durability, 'async');
    assert.equal(store.capabilities.durability, 'async');
    const unasked = createPostgresStore({ pool: careful.pool });
    const external = once(unasked, { name: 'n', scope: () => 's', key: () => 'k', effects: 'external-once', run: () => assert.fail('it ran') });
    await assert.rejects(external(), { code: 'SPOTPROOF_CONFIG_INVALID', details: { durability: 'async' } });
    assert.deepEqual(
      [/fsync is off/, /serializable/, /'error'/].map((expected) => warnings.filter((warning) => expected.test(warning)).length),
      [1, 1, 1],
    );
  });

  test('a database that lacks letters is warned of, and refuses a key with one of them', async () => {
    await admin.query(`CREATE DATABASE western ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    await using western = poolOf({ database: 'western' });
    const store = createPostgresStore({ pool: western.pool });
    await store.migrate();

    const { warnings } = await store.check();

    assert.equal(warnings.filter((warning) => /LATIN1/.test(warning)).length, 1);
    await assert.rejects(store.claim(claimOf({ key: '\u{1f511}' })), { code: 'SPOTPROOF_STORE', retryable: false, message: /UTF8/ });
  });

  test('a statement that the connection no longer has prepared is told apart, and without preparing none is needed', async () => {
    await using one = poolOf({ max: 1 });
    const store = createPostgresStore({ pool: one.pool });
    const simple = createPostgresStore({ pool: one.pool, prepare: false });
    await store.read('key');
    await simple.read('key');

    await one.pool.query('DEALLOCATE ALL');

    await assert.rejects(store.read('key'), { code: 'SPOTPROOF_STORE', retryable: false, message: /prepare: false/ });
    assert.equal(await simple.read('key'), undefined);
  });

  test('a client that reads large integers in a way of its own is understood', async () => {
    await using one = poolOf({
      types: { getTypeParser: (oid, format) => (oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format)) },
    });
    const store = createPostgresStore({ pool: one.pool });
    const request = claimOf({ keepMs: Infinity });

    const { epoch } = await winOf(store, request);

    const record = await store.read(request.key);
    assert.deepEqual([record?.epoch, record?.keepUntil], [epoch, 8_640_000_000_000_000]);
  });

  test('a server that is not there may be there later; a pool that was ended, a user who is not let in and a database that is missing will not', async () => {
    await using ended = poolOf({});
    await ended.pool.end();
    const cases: readonly (readonly [pg.PoolConfig | pg.Pool, boolean])[] = [
      [{ port: 1 }, true],
      [{ host: 'localhost', port: 1 }, true],
      [ended.pool, false],
      [{ database: 'nowhere' }, false],
      [{ user: 'nobody' }, false],
    ];
    for (const [config, retryable] of cases) {
      await using one = config instanceof pg.Pool ? undefined : poolOf(config);
      const store = createPostgresStore({ pool: one?.pool ?? ended.pool });

      await assert.rejects(store.read('key'), { code: 'SPOTPROOF_STORE', retryable }, JSON.stringify(config));
    }
  });

  test('options that cannot be are refused before anything is sent', () => {
    const pool = admin;

    assert.throws(() => createPostgresStore({ pool: undefined as unknown as pg.Pool }), {
      code: 'SPOTPROOF_CONFIG_INVALID',
      message: /needs `pool`/,
    });
    for (const table of ['', 'a\0b', 'x'.repeat(49)])
      assert.throws(() => createPostgresStore({ pool, table }), { code: 'SPOTPROOF_CONFIG_INVALID', message: /table must be/ });
    assert.throws(() => createPostgresStore({ pool, schema: '' }), { code: 'SPOTPROOF_CONFIG_INVALID', message: /schema must be/ });
  });

  test('sweeping removes what is over, settled or abandoned, and nothing else', async () => {
    const store = createPostgresStore({ pool: admin, table: 'rubbish' });
    await store.migrate();
    const settled = await winOf(store, claimOf());
    await store.settle({ ...settled, settlement: { ...DONE, keepMs: 0 } });
    const abandoned = await winOf(store, claimOf({ leaseMs: 1, keepMs: 0 }));
    const kept = await winOf(store, claimOf());
    await store.settle({ ...kept, settlement: { ...DONE, keepMs: Infinity } });
    const held = await winOf(store, claimOf({ leaseMs: 60_000, keepMs: 0 }));
    await delay(5);

    const swept = [await store.sweep({ limit: 1 }), await store.sweep({ limit: 10 }), await store.sweep({ limit: 10 })];

    assert.deepEqual(swept, [1, 1, 0]);
    const left = await Promise.all([settled, abandoned, kept, held].map(({ key }) => store.read(key)));
    assert.deepEqual(
      left.map((record) => record !== undefined),
      [false, false, true, true],
    );
  });
});

test('a replica refuses the check and each claim, with the reason', async () => {
  const replica = await PostgresServer.start();
  try {
    const pool = new pg.Pool(replica.connection);
    pool.on('error', () => {});
    const store = createPostgresStore({ pool });
    await store.migrate();
    await replica.becomeReplica();

    await assert.rejects(
      resent(() => store.check()),
      { code: 'SPOTPROOF_STORE', retryable: false, message: /replica/ },
    );
    await assert.rejects(store.claim(claimOf()), { code: 'SPOTPROOF_STORE', message: /replica/ });
    await pool.end();
  } finally {
    await replica[Symbol.asyncDispose]();
  }
});

/**
 * Lets calls wait for what another session has written and not committed, ends that transaction once all of them wait, and gives their answers.
 */
async function meeting<T>(
  write: (session: pg.PoolClient) => Promise<unknown>,
  calls: () => readonly Promise<T>[],
  end: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
): Promise<readonly T[]> {
  const session = await admin.connect();
  try {
    await session.query('BEGIN');
    await write(session);
    const answers = calls();
    await waiting(answers.length);
    await session.query(end);
    return await Promise.all(answers);
  } finally {
    session.release();
  }
}

/** The backends that wait for a lock, once there are so many. */
async function waiting(count: number): Promise<readonly number[]> {
  const limit = performance.now() + LIMIT_MS;
  for (;;) {
    const { rows } = await admin.query<{ pid: number }>("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    if (rows.length >= count) return rows.map(({ pid }) => pid);
    assert.ok(performance.now() < limit, `${count} sessions should wait for a lock, and ${rows.length} do`);
    await delay(2);
  }
}

async function insertHeld(session: pg.PoolClient, { key, token }: Request<Claim>): Promise<void> {
  await session.query(
    `INSERT INTO spotproof_claims VALUES ($1, 'test', 'held', $2, 1, 8000000000000000, 8000000000000000, 'print', 0, 1, 0, 0, 0, '', '')`,
    [key, token],
  );
}

/** Sends again while the store says that this may help. */
async function resent<T>(send: () => Promise<T>): Promise<T> {
  const limit = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof Error && 'retryable' in error && error.retryable === true) || performance.now() > limit) throw error;
    }
    await delay(5);
  }
}

function poolOf(config: pg.PoolConfig): AsyncDisposable & { readonly pool: pg.Pool } {
  const pool = new pg.Pool({ ...server.connection, ...config });
  pool.on('error', () => {});
  return {
    pool,
    async [Symbol.asyncDispose]() {
      if (!pool.ended) await pool.end();
    },
  };
}

function saveOf(holder: Holder, seq: number) {
  return { ...holder, seq, version: 1, data: bytes(String(seq)), leaseMs: 60_000 };
}

function effectOf(name: string): (tx: pg.PoolClient) => Promise<'made'> {
  return async (tx) => {
    await tx.query('INSERT INTO effects VALUES ($1)', [name]);
    return 'made';
  };
}

async function effects(name: string): Promise<number> {
  return Number((await admin.query('SELECT count(*) AS n FROM effects WHERE name = $1', [name])).rows[0].n);
}

const DONE: Settlement = { to: 'done', result: bytes('result'), keepMs: 60_000 };
const LIMIT_MS = 20_000;
