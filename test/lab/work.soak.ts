import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { dynamodbTable } from '@spotproof/state/dynamodb';
import { Dynalite } from '../../packages/state/test/support/servers/dynalite.ts';
import { MariadbServer } from '../../packages/state/test/support/servers/mariadb.ts';
import { PostgresServer } from '../../packages/state/test/support/servers/postgres.ts';
import { RedisServer } from '../support/redis-server.ts';
import { explain } from './support/lab-cli.ts';
import { ORDER_PROFILES } from './support/order-profiles.ts';
import { interruptedTasks } from './support/series.ts';
import { HANDED_OVER, KILLED, labOfWork, ORDERS, SHIPMENTS } from './support/work.ts';

/** Environment of the tasks. */
type OpenStore = (t: TestContext) => Promise<readonly string[]>;

const STORES: Readonly<Record<string, OpenStore>> = {
  SQLite: () => Promise.resolve([]),
  PostgreSQL: async (t) => {
    const { connection } = await kept(t, PostgresServer.start({ longestLifeMs: LONGEST_MS }));
    return [`STORE=postgres://${connection.user}@${connection.host}:${connection.port}/${connection.database}`];
  },
  MariaDB: async (t) => {
    const { connection } = await kept(t, MariadbServer.start({ longestLifeMs: LONGEST_MS }));
    return [`STORE=mysql://${connection.user}@${connection.host}:${connection.port}/${connection.database}`];
  },
  Redis: async (t) => {
    const { port } = await kept(t, RedisServer.start({ tcp: true, longestLifeMs: LONGEST_MS }));
    return [`STORE=redis://127.0.0.1:${port}`];
  },
  DynamoDB: async (t) => {
    const { endpoint } = await kept(t, Dynalite.start());
    const client = new DynamoDB({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    await client.createTable(dynamodbTable({ table: 'claims' }));
    client.destroy();
    return ['STORE=dynamodb:claims', `AWS_ENDPOINT_URL=${endpoint}`, 'AWS_REGION=eu-west-1', 'AWS_ACCESS_KEY_ID=test', 'AWS_SECRET_ACCESS_KEY=test'];
  },
};

/** With a stop timeout of two or five seconds a later order is none: the task is gone. */
const PROFILES = ORDER_PROFILES.filter(({ name }) => ['never', 'late', '+3', '0', '-14'].includes(name));

// The gate has a sample of it, work.lab.test.ts.
void describe('work is neither lost nor doubled:', { concurrency: Number(process.env['SPOTPROOF_LAB_WIDTH'] ?? 2) }, () => {
  for (const [store, open] of Object.entries(STORES)) {
    for (const { name, flags } of PROFILES) {
      for (const [what, how, app] of [
        ['orders, tasks killed', KILLED, ORDERS],
        ['shipments, tasks killed', KILLED, SHIPMENTS],
        ['shipments, handed over', HANDED_OVER, SHIPMENTS],
      ] as const) {
        test(`${store}, ${name}, ${what}`, async (t) => {
          const environment = (await open(t)).flatMap((entry) => ['--env', entry]);

          const result = await labOfWork(t, ['--rate', '6', ...withoutOrder(how), ...flags, ...MORE, ...environment, ...app]);

          t.diagnostic(result.report.summary);
          assert.deepEqual([result.work.lost, result.work.doubled, result.work.refused, result.report.requests.lost], [0, 0, 0, 0], explain(result));
          const isKilled = how === KILLED;
          assert.ok(
            interruptedTasks(result).every(({ killed }) => killed === isKilled),
            explain(result),
          );
          assert.equal(result.exitCode, 0, explain(result));
        });
      }
    }
  }
});

async function kept<Server extends AsyncDisposable>(t: TestContext, starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

/** The profile says it. */
function withoutOrder(flags: readonly string[]): readonly string[] {
  const at = flags.indexOf('--deregister-after');
  return flags.filter((_, index) => index !== at && index !== at + 1);
}

/** Four tasks taken back, two of them at once. */
const MORE = ['--tasks', '3', '--interrupt', '1@1s,2@5s,1@9s', '--duration', '15'];
const LONGEST_MS = 240_000;
