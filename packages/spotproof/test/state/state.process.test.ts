import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DynamoDB, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { defineJob, enqueue, once, type ClaimStore } from '@spotproof/state';
import { createDynamodbStore } from '@spotproof/state/dynamodb';
import { createRedisStore } from '@spotproof/state/redis';
import { createSqliteStore, type SqliteStore } from '@spotproof/state/sqlite';
import { createClient } from 'redis';
import { Dynalite } from '../../../state/test/support/servers/dynalite.ts';
import { RedisServer } from '../../../../test/support/redis-server.ts';

const PROGRAM = fileURLToPath(new URL('./spotproof.program.ts', import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `spotproof state …`, one command after the other, in a process of their own. */
function run<const Commands extends readonly (readonly string[])[]>(
  commands: Commands,
  { env = {}, cwd = process.cwd() }: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<{ readonly [Index in keyof Commands]: Ended }> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--conditions=@spotproof/source', PROGRAM, ...commands.map((args) => JSON.stringify(['state', ...args]))],
      { cwd, env: { ...process.env, SPOTPROOF_STATE_STORE: '', ...env }, timeout: 60_000 },
      (error, out, err) => {
        if (error === null) resolve(JSON.parse(out) as { readonly [Index in keyof Commands]: Ended });
        else reject(new Error(err, { cause: error }));
      },
    );
  });
}

const importJob = defineJob({ name: 'import', version: 1, start: () => ({ row: 0 }), run: async () => {} });

function charge(store: ClaimStore): (id: string) => Promise<unknown> {
  return once(store, {
    name: 'charge',
    scope: () => 'tenant',
    key: (id: string) => id,
    keepError: () => true,
    run: async (_claim, id) => {
      if (id.startsWith('bad')) throw new Error(`declined ${id}`);
      return { id };
    },
  });
}

/** A file with a waiting job, a held one, a result and two failures. */
async function seeded(t: TestContext): Promise<{ readonly store: SqliteStore; readonly address: string; readonly folder: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-state-'));
  const store = createSqliteStore({ path: path.join(folder, 'state.db'), durability: 'normal' });
  t.after(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  await enqueue(store, importJob, { file: 'a.csv' }, { key: 'waiting' });
  await store.claim({ ...HELD, create: { kind: 'job:import', fingerprint: '', version: 1, data: new Uint8Array() } });
  for (const id of ['good', 'bad-1', 'bad-2']) await charge(store)(id).catch(() => {});
  return { store, address: `sqlite:${path.join(folder, 'state.db')}`, folder };
}

const HELD = { key: 'job:import/held', token: 'token-of-the-holder', leaseMs: 60_000, keepMs: Infinity, fingerprint: undefined, version: 1 };

interface Listed {
  readonly records: readonly { readonly key: string; readonly state: string; readonly kind: string; readonly epoch: number }[];
  readonly cursor: string | null;
}

describe('spotproof state', { concurrency: 2 }, () => {
  test('list gives the records of a kind and a state, page by page, and show says who holds one', async (t) => {
    const { address } = await seeded(t);
    const env = { SPOTPROOF_STATE_STORE: address };

    const [failed, page, held] = await run(
      [
        ['list', '--kind', 'once:charge', '--state', 'failed'],
        ['list', '--limit', '3', '--json'],
        ['show', 'job:import/held'],
      ],
      { env },
    );
    const first = JSON.parse(page.out) as Listed;
    const [rest] = await run([['list', '--cursor', first.cursor ?? '', '--json', '--store', address]]);
    const last = JSON.parse(rest.out) as Listed;

    assert.deepEqual([failed.code, page.code, held.code, rest.code], [0, 0, 0, 0]);
    assert.deepEqual(
      failed.out
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/)[0]),
      ['STATE', 'failed', 'failed'],
    );
    assert.equal(failed.err, '2 records.\n');
    assert.deepEqual([first.records.length, last.records.length, last.cursor], [3, 2, null]);
    assert.equal(new Set([...first.records, ...last.records].map(({ key }) => key)).size, 5);
    assert.match(held.out, /^job:import\/held\n.*held, lease ends in \d+(?:\.\d)? s.*held by +attempt token-of-the-holder, since /s);
  });

  test('what has failed for good gets a second chance, one by one or all of a kind, and nothing else does', async (t) => {
    const { store, address } = await seeded(t);
    const { records } = await store.list({ kind: 'once:charge', state: 'failed', limit: 10 });
    const [key = '', other = ''] = records.map((record) => record.key);

    const [one, again, held, all, open] = await run(
      [
        ['retry', '--', key],
        ['retry', '--', key],
        ['retry', 'job:import/held'],
        ['retry', '--all', '--kind', 'once:charge', '--json'],
        ['retry', '--all'],
      ],
      { env: { SPOTPROOF_STATE_STORE: address } },
    );

    assert.deepEqual([one.code, again.code, held.code, all.code, open.code], [0, 1, 1, 0, 2]);
    assert.match(again.err, /the record is pending, and only what has failed/);
    assert.match(held.err, /the record is held/);
    assert.deepEqual(JSON.parse(all.out), { revived: [other] });
    assert.match(open.err, /needs --kind/);
    const states = (await store.list({ limit: 10 })).records.map(({ state }) => state);
    assert.deepEqual(states.toSorted(), ['done', 'held', 'pending', 'pending', 'pending']);
  });

  test('records are removed when their time is over, and before that one by one by the epoch that was looked at', async (t) => {
    const { store, address } = await seeded(t);
    for (const [key, kind] of [
      ['old-a', 'once:old'],
      ['old-b', 'once:older'],
    ] as const) {
      const claimed = await store.claim({
        ...HELD,
        key,
        token: key,
        keepMs: 0,
        create: { kind, fingerprint: '', version: 1, data: new Uint8Array() },
      });
      assert.ok(claimed.outcome === 'won');
      await store.settle({ key, token: key, epoch: claimed.epoch, settlement: { to: 'done', result: new Uint8Array(), keepMs: 0 } });
    }
    const epoch = (await store.read('job:import/held'))?.epoch ?? 0;

    const [bare, ofKind, ofAll, early, stale, forced, gone] = await run(
      [
        ['purge'],
        ['purge', '--expired', '--kind', 'once:old', '--json'],
        ['purge', '--expired', '--json'],
        ['purge', 'job:import/held'],
        ['purge', 'job:import/held', '--force', String(epoch - 1)],
        ['purge', 'job:import/held', '--force', String(epoch)],
        ['purge', 'job:import/held', '--force', String(epoch)],
      ],
      { env: { SPOTPROOF_STATE_STORE: address } },
    );

    assert.deepEqual(
      [bare, ofKind, ofAll, early, stale, forced, gone].map(({ code }) => code),
      [2, 0, 0, 1, 1, 0, 1],
    );
    assert.deepEqual([JSON.parse(ofKind.out), JSON.parse(ofAll.out)], [{ purged: 1 }, { purged: 1 }]);
    assert.match(early.err, new RegExp(`kept for ever\\. .*--force ${epoch}\n`));
    assert.match(stale.err, /claimed again since then/);
    assert.match(gone.err, /no record under "job:import\/held"/);
    assert.equal((await store.list({ limit: 10 })).records.length, 4);
  });

  test('a command that cannot be is told in a sentence, before anything is made or changed, and never with a password', async (t) => {
    const { folder } = await seeded(t);
    const away = await nobodyListens();
    writeFileSync(path.join(folder, 'notes.txt'), 'no database, but long enough to be looked at as one, or so it seems');
    const cases: readonly (readonly [args: readonly string[], code: number, says: RegExp])[] = [
      [['list'], 2, /No store is named/],
      [['list', '--store', 'hunter2'], 2, /must begin with/],
      [['list', '--store', 'sqlite:missing.db'], 2, /no table of claims/],
      [['list', '--store', 'sqlite:notes.txt'], 3, /no SQLite database/],
      [['list', '--state', 'lost', '--store', 'sqlite:state.db'], 2, /--state must be/],
      [['list', '--cursor', 'x', '--store', 'sqlite:state.db'], 2, /cursor must be/],
      [['show', 'x', '--store', `redis://:hunter2@127.0.0.1:${away}`], 3, /cannot be reached/],
      [['check', '--store', `postgres://a:hunter2@127.0.0.1:${away}/x`], 3, /ECONNREFUSED/],
      [['check', '--store', `mysql://a:hunter2@127.0.0.1:${away}/x`], 3, /ECONNREFUSED/],
      [['purge', 'x', '--expired', '--store', 'sqlite:state.db'], 2, /either/],
      [['schema', '--cloudformation', '--store', 'postgres://a:hunter2@db/x'], 2, /is for a table of DynamoDB/],
      // Not made by the third of them.
      [['list', '--store', 'sqlite:missing.db'], 2, /no table of claims/],
    ];

    const ends = await run(
      cases.map(([args]) => args),
      { cwd: folder },
    );

    for (const [index, { code, out, err }] of ends.entries()) {
      const [args, expected, says] = cases[index]!;
      assert.equal(code, expected, `${args.join(' ')}: ${err}`);
      assert.match(err, says);
      assert.doesNotMatch(out + err, /hunter2|\n {4}at /);
    }
  });

  test('over Redis, with the password in the environment: checked for what it keeps, listed and shown', async () => {
    await using server = await RedisServer.start({ tcp: true, config: [['requirepass', 'hunter2']] });
    const client = await createClient({ url: `redis://:hunter2@127.0.0.1:${server.port}` }).connect();
    await charge(createRedisStore({ client, prefix: 'shop' }))('good');

    const address = `redis://:hunter2@127.0.0.1:${server.port}?prefix=shop`;
    const [checked, strict, listed, refused] = await run(
      [['check'], ['check', '--strict', '--json'], ['list', '--json'], ['list', '--store', `${address}&shards=99999`]],
      { env: { SPOTPROOF_STATE_STORE: address } },
    );
    client.destroy();

    assert.deepEqual([checked.code, strict.code, listed.code, refused.code], [0, 1, 0, 2], checked.err + strict.err + listed.err);
    assert.match(refused.err, /shards must be/, 'and the process has ended all the same');
    assert.match(checked.out, /^Redis \d.*at redis:\/\/127\.0\.0\.1:\d+\n {2}durability {3}none: .*warning {6}Nothing is kept/s);
    assert.deepEqual(
      (JSON.parse(listed.out) as Listed).records.map(({ kind, state }) => `${kind} ${state}`),
      ['once:charge done'],
    );
  });

  test('over DynamoDB: a table that is not there is unfit, migrate makes it, and what schema prints makes the same', async () => {
    await using server = await Dynalite.start();
    const where = { endpoint: server.endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'A', secretAccessKey: 'B' } };
    const at = (table: string): string => `dynamodb:${table}?region=eu-west-1&endpoint=${server.endpoint}`;

    const [before, migrated, again, checked, schema] = await run(
      [['check'], ['migrate'], ['migrate'], ['check', '--json'], ['schema', '--store', at('by-schema')]],
      { env: { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'B', SPOTPROOF_STATE_STORE: at('claims') } },
    );
    const dynamodb = new DynamoDB(where);
    await dynamodb.createTable(JSON.parse(schema.out) as CreateTableCommandInput);
    const bySchema = await createDynamodbStore({ client: dynamodb, table: 'by-schema' }).check();
    dynamodb.destroy();

    assert.deepEqual([before.code, migrated.code, again.code, checked.code], [1, 0, 0, 0], before.err + migrated.err + again.err + checked.err);
    // dynalite knows no time to live.
    assert.match(migrated.out, /is made, but time to live could not be switched on/);
    assert.match(again.out, /there already, and was left as it is/);
    assert.equal((JSON.parse(checked.out) as { readonly clock: string }).clock, 'watch');
    assert.equal(bySchema.durability, 'sync');
  });
});

/** A port of this machine that was free a moment ago. */
async function nobodyListens(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
}
