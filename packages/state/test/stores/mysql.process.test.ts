import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import type { Claim } from '../../src/protocol/index.ts';
import type { Request } from '../../src/store.ts';
import { createMysqlStore, mysqlSchema, type MysqlStore } from '../../src/stores/mysql/index.ts';
import { cutConnections } from '../support/cut-connections.ts';
import { countRoundTrips } from '../support/round-trips.ts';
import { MariadbServer } from '../support/servers/mariadb.ts';

describe('the store of MariaDB and MySQL', () => {
  let server: MariadbServer;
  let pool: Pool;
  let store: MysqlStore;

  before(async () => {
    // As servers from 11.6 on are by default.
    server = await MariadbServer.start({ settings: { loose_innodb_snapshot_isolation: '1' } });
    pool = createPool({ ...server.connection, multipleStatements: false });
    store = createMysqlStore({ pool });
    await store.migrate();
  });
  after(async () => {
    await pool.end();
    await server[Symbol.asyncDispose]();
  });

  for (const { flavour, claimTrips } of [
    { flavour: 'auto', claimTrips: 1 },
    { flavour: 'mariadb', claimTrips: 1 },
    { flavour: 'mysql', claimTrips: 2 },
  ] as const) {
    test(`asked as ${flavour}, a claim takes ${claimTrips} and all else 1 round trip`, async () => {
      await using proxy = await countRoundTrips({ path: server.socketPath });
      await using proxied = closing(createPool({ ...server.connection, port: proxy.port, connectionLimit: 1 }));
      const counted = createMysqlStore({ pool: proxied.pool, flavour });
      await counted.read('makes the connection');
      const claim = claimOf(randomUUID());
      const trips = async <T>(work: () => Promise<T>): Promise<number> => (await proxy.during(work)).roundTrips;

      const first = await proxy.during(() => counted.claim(claim));
      assert.ok(first.value.outcome === 'won');
      const one = { key: claim.key, token: claim.token, epoch: first.value.epoch };
      const counts = {
        first: first.roundTrips,
        busy: await trips(() => counted.claim(claimOf(claim.key))),
        withoutCreate: await trips(() => counted.claim({ ...claimOf(claim.key), create: undefined })),
        heartbeat: await trips(() => counted.renew({ ...one, leaseMs: 1000 })),
        step: await trips(() => counted.save({ ...one, seq: 1, version: 1, data: new Uint8Array(3), leaseMs: 1000 })),
        settle: await trips(() => counted.settle({ ...one, settlement: { to: 'done', result: new Uint8Array(2000), keepMs: 60_000 } })),
        settleAgain: await trips(() => counted.settle({ ...one, settlement: { to: 'done', result: new Uint8Array(2000), keepMs: 60_000 } })),
        replay: await trips(() => counted.claim(claimOf(claim.key))),
        read: await trips(() => counted.read(claim.key)),
        list: await trips(() => counted.list({ state: 'due', limit: 10 })),
        purge: await trips(() => counted.purge({ key: claim.key, force: undefined })),
      };

      assert.deepEqual(counts, {
        first: claimTrips,
        busy: claimTrips,
        withoutCreate: claimTrips,
        heartbeat: 1,
        step: 1,
        settle: 1,
        settleAgain: 1,
        replay: claimTrips,
        read: 1,
        list: 1,
        purge: 1,
      });
    });
  }

  test('the time zone of a session changes no lease', async () => {
    const claim = claimOf(randomUUID());
    await using far = closing(createPool({ ...server.connection, connectionLimit: 1 }));
    await far.pool.query(`SET time_zone = '+13:00'`);
    const abroad = createMysqlStore({ pool: far.pool });

    const won = await abroad.claim(claim);
    const busy = await store.claim(claimOf(claim.key));

    assert.equal(won.outcome, 'won');
    assert.ok(busy.outcome === 'busy' && busy.retryAfterMs > 0 && busy.retryAfterMs <= claim.leaseMs, JSON.stringify(busy));
    const record = await store.read(claim.key);
    const offBy = Math.abs((record?.dueAt ?? 0) - claim.leaseMs - Date.now());
    assert.ok(offBy < 60_000, `the lease begins ${offBy} ms from the time of this machine`);
  });

  test('a connection that is killed while a claim waits is told as one to send again, and the same claim sent again wins once', async () => {
    const claim = claimOf(randomUUID());
    await using blocker = closing(createPool({ ...server.connection, connectionLimit: 1 }));
    await using waiting = closing(createPool({ ...server.connection, connectionLimit: 1 }));
    const [[self]] = await waiting.pool.query<(RowDataPacket & { readonly id: number })[]>('SELECT CONNECTION_ID() AS id');
    // Its row is there and locked, so that the claim waits for it, and nobody yet knows whether it stays.
    await blocker.pool.query('START TRANSACTION');
    await blocker.pool.query(`INSERT INTO spotproof_claims SELECT ?, '', 'held', 'x', 0, 0, 0, '', 0, 0, 0, 0, 0, '', ''`, [Buffer.from(claim.key)]);

    const refusal = assert.rejects(createMysqlStore({ pool: waiting.pool }).claim(claim), { code: 'SPOTPROOF_STORE', retryable: true });
    const looksEveryMs = 120; // The server shows what it knew at the last look if that was less than 100 ms ago.
    await until('the claim waits for the lock', looksEveryMs, async () => {
      const [rows] = await pool.query<RowDataPacket[]>(
        'SELECT 1 FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = ? AND trx_state = ?',
        [self?.id, 'LOCK WAIT'],
      );
      return rows.length > 0;
    });
    await pool.query(`KILL CONNECTION ${self?.id}`);
    await refusal;
    await blocker.pool.query('ROLLBACK');
    const first = await store.claim(claim);
    const again = await store.claim(claim);

    assert.equal(first.outcome, 'won');
    assert.deepEqual(again, first);
  });

  test('a claim that is not answered in time gives its connection up and is told as one to send again', async () => {
    const claim = claimOf(randomUUID());
    await store.claim(claim);
    await using blocker = closing(createPool({ ...server.connection, connectionLimit: 1 }));
    await using impatient = closing(createPool({ ...server.connection, connectionLimit: 1 }));
    await blocker.pool.query('START TRANSACTION');
    await blocker.pool.query('SELECT 1 FROM spotproof_claims WHERE `key` = ? FOR UPDATE', [Buffer.from(claim.key)]);
    const hurried = createMysqlStore({ pool: impatient.pool, timeoutMs: 200 });

    await assert.rejects(hurried.claim(claimOf(claim.key)), { code: 'SPOTPROOF_STORE', retryable: true, message: /within 200 ms/ });
    // The only connection of its pool still waits for the lock; it was closed, and so there is room for another.
    const read = await hurried.read(claim.key);
    await blocker.pool.query('ROLLBACK');

    assert.equal(read?.token, claim.token);
    assert.equal((await hurried.claim(claimOf(claim.key))).outcome, 'busy');
  });

  test('an effect whose commit was answered into a dead connection is known to be done, and is not done again', async () => {
    const claim = claimOf(randomUUID());
    const won = await store.claim(claim);
    assert.ok(won.outcome === 'won');
    await pool.query('CREATE TABLE IF NOT EXISTS effects (name VARCHAR(64)) ENGINE=InnoDB');
    const settle = {
      key: claim.key,
      token: claim.token,
      epoch: won.epoch,
      settlement: { to: 'done', result: new Uint8Array(), keepMs: 60_000 } as const,
    };
    await using cuts = await cutConnections({ path: server.socketPath });
    await using losing = closing(createPool({ ...server.connection, port: cuts.port }));
    const effect = (): Promise<unknown> =>
      createMysqlStore({ pool: losing.pool }).transact(
        (connection) => connection.query('INSERT INTO effects VALUES (?)', [claim.key]),
        () => settle,
      );

    // As the statement that is just this word, and not READ COMMITTED, which is told before.
    cuts.cut('unanswered', '\u0003COMMIT');
    await effect();
    assert.equal(cuts.count, 1);
    await assert.rejects(effect(), { code: 'SPOTPROOF_CLAIM_LOST' });

    const [rows] = await pool.query<RowDataPacket[]>('SELECT 1 FROM effects WHERE name = ?', [claim.key]);
    assert.equal(rows.length, 1);
  });

  test('a heartbeat while a transaction is under way neither waits for its work nor breaks it', async () => {
    const claim = claimOf(randomUUID());
    const won = await store.claim(claim);
    assert.ok(won.outcome === 'won');
    const one = { key: claim.key, token: claim.token, epoch: won.epoch };

    await store.transact(
      async (connection) => {
        // As work does that looks before it writes: from here on there would be a snapshot.
        await connection.query({ sql: 'SELECT COUNT(*) FROM spotproof_claims', ...AS_ROWS });
        assert.equal(await store.renew({ ...one, leaseMs: 90_000 }), 'held');
      },
      () => ({ ...one, seq: 1, version: 1, data: new Uint8Array([7]), leaseMs: 60_000 }),
    );

    assert.equal((await store.read(claim.key))?.seq, 1);
  });

  test('what sweeps removes what is over and leaves the rest', async () => {
    const table = 'swept';
    const swept = createMysqlStore({ pool, table });
    await swept.migrate();
    for (const keepMs of [0, 0, 0, 60_000]) {
      const claim = claimOf(randomUUID());
      const won = await swept.claim(claim);
      assert.ok(won.outcome === 'won');
      await swept.settle({ key: claim.key, token: claim.token, epoch: won.epoch, settlement: { to: 'done', result: new Uint8Array(), keepMs } });
    }
    await until('the clock has passed the last epoch', 5, async () => {
      const { records } = await swept.list({ state: 'done', limit: 10 });
      return records.every(({ epoch }) => epoch < (Date.now() - 5) * 1024);
    });

    assert.equal(await swept.sweep({ limit: 2 }), 2);
    assert.equal(await swept.sweep({ limit: 10 }), 1);
    assert.equal((await swept.list({ limit: 10 })).records.length, 1);
  });

  test('the schema that is shown is the one that the check wants', async () => {
    for (const statement of mysqlSchema({ table: 'by hand `' })
      .split(';')
      .filter((part) => part.trim() !== ''))
      await pool.query(statement);

    const { version, warnings } = await createMysqlStore({ pool, table: 'by hand `' }).check();

    assert.match(version, /mariadb/i);
    assert.equal(warnings.length, 1, 'the test server waits for no disk');
    assert.match(warnings[0] ?? '', /innodb_flush_log_at_trx_commit is 2/);
  });

  test('what a server lacks is refused by the check, with what to do', async () => {
    const check = (table: string, made?: string): Promise<unknown> =>
      (made === undefined ? Promise.resolve() : pool.query(made)).then(() => createMysqlStore({ pool, table }).check());
    const like = (name: string, ...changes: [from: string, to: string][]): string =>
      changes.reduce((sql, [from, to]) => sql.replace(from, to), mysqlSchema({ table: name }));

    await assert.rejects(check('missing'), { code: 'SPOTPROOF_STORE', message: /migrate\(\)/ });
    await assert.rejects(check('collating', like('collating', ['`key` VARBINARY(512)', '`key` VARCHAR(512)'])), {
      message: /Column key of collating should be varbinary\(512\), got varchar\(512\)/,
    });
    await assert.rejects(check('unsafe', like('unsafe', ['ENGINE=InnoDB ROW_FORMAT=DYNAMIC', 'ENGINE=MyISAM'])), { message: /InnoDB, got MyISAM/ });
    await assert.rejects(createMysqlStore({ pool, maxBytes: 64 * 1024 * 1024 }).check(), { message: /max_allowed_packet/ });

    await using manual = closing(createPool({ ...server.connection, connectionLimit: 1 }));
    await manual.pool.query('SET autocommit = 0');
    await assert.rejects(createMysqlStore({ pool: manual.pool }).check(), { message: /autocommit is off/ });
    await manual.pool.query(`SET autocommit = 1, sql_mode = 'SIMULTANEOUS_ASSIGNMENT'`);
    await assert.rejects(createMysqlStore({ pool: manual.pool }).check(), { message: /SIMULTANEOUS_ASSIGNMENT/ });
  });

  test('a read-only server is refused by the check and by each write, and nothing is written', async () => {
    await using replica = await MariadbServer.start();
    await using admin = closing(createPool(replica.connection));
    await createMysqlStore({ pool: admin.pool }).migrate();
    // The user of the tests may write in spite of `read_only`; that of an application may not.
    await admin.pool.query(`CREATE USER app@'127.0.0.1'`);
    await admin.pool.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON test.* TO app@'127.0.0.1'`);
    await admin.pool.query('SET GLOBAL read_only = 1');
    await using app = closing(createPool({ ...replica.connection, user: 'app' }));
    const reading = createMysqlStore({ pool: app.pool });
    const claim = claimOf(randomUUID());

    await assert.rejects(reading.check(), { code: 'SPOTPROOF_STORE', message: /read_only is on.*primary/ });
    await assert.rejects(reading.claim(claim), { code: 'SPOTPROOF_STORE', message: /primary/ });
    await assert.rejects(reading.purge({ key: claim.key, force: undefined }), { code: 'SPOTPROOF_STORE' });

    assert.equal(await reading.read(claim.key), undefined);
  });

  test('a server that is gone is told as one to try again, and so is one that comes back', async () => {
    await using brief = await MariadbServer.start();
    await using app = closing(createPool(brief.connection));
    const there = createMysqlStore({ pool: app.pool });
    await there.migrate();
    const claim = claimOf(randomUUID());
    const won = await there.claim(claim);

    await brief.stop();
    await assert.rejects(there.claim(claim), { code: 'SPOTPROOF_STORE', retryable: true });
    await brief.restart();
    await until('the server answers', 5, async () => (await there.read(claim.key).catch(() => undefined)) !== undefined);

    assert.deepEqual(await there.claim(claim), won);
  });
});

const AS_ROWS = { rowsAsArray: false, nestTables: false, typeCast: true } as const;

function claimOf(key: string): Request<Claim> {
  return {
    key,
    token: randomUUID(),
    leaseMs: 60_000,
    keepMs: 60_000,
    create: { kind: 'test', fingerprint: '', version: 0, data: new Uint8Array() },
    fingerprint: undefined,
    version: 0,
  };
}

function closing(pool: Pool): AsyncDisposable & { readonly pool: Pool } {
  return { pool, [Symbol.asyncDispose]: () => pool.end() };
}

async function until(what: string, everyMs: number, look: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 10_000;
  while (!(await look())) {
    if (performance.now() > limit) throw new Error(`Not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
