import { mkdtempSync, rmSync } from 'node:fs';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dynamodbTable } from '../../src/stores/dynamodb/index.ts';
import { Dynalite } from '../support/servers/dynalite.ts';
import { MariadbServer } from '../support/servers/mariadb.ts';
import { PostgresServer } from '../support/servers/postgres.ts';
import { RedisServer } from '../support/servers/redis.ts';
import { openStore, type StoreSpec } from './store-spec.ts';

export interface StartedServer extends AsyncDisposable {
  readonly spec: StoreSpec;
  /** Ends the server as a crash does, and starts it again. Undefined where the server is none, or keeps nothing. */
  readonly restart: (() => Promise<void>) | undefined;
}

/** A server of its own for one run, with its tables, that keeps what it acknowledged when it crashes (but for dynalite, which is memory). */
export async function startServer(kind: StoreSpec['kind'], longestLifeMs: number): Promise<StartedServer> {
  const started = await start(kind, longestLifeMs);
  const { migrate, close } = openStore(started.spec);
  await migrate?.();
  await close();
  return started;
}

async function start(kind: StoreSpec['kind'], longestLifeMs: number): Promise<StartedServer> {
  switch (kind) {
    case 'sqlite': {
      const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-chaos-'));
      return {
        spec: { kind, path: path.join(folder, 'state.db') },
        restart: undefined,
        [Symbol.asyncDispose]: () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
      };
    }
    case 'postgres': {
      const server = await PostgresServer.start({ longestLifeMs });
      return {
        spec: { kind, connection: server.connection },
        restart: () => server.restart(),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    }
    case 'mariadb': {
      const server = await MariadbServer.start({ longestLifeMs });
      return {
        spec: { kind, connection: server.connection },
        restart: () => server.restart(),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    }
    case 'redis': {
      const server = await RedisServer.start({
        longestLifeMs,
        config: [
          ['appendonly', 'yes'],
          ['appendfsync', 'always'],
        ],
      });
      return {
        spec: { kind, socketPath: server.socketPath },
        restart: () => server.restart(),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    }
    case 'dynamodb': {
      const server = await Dynalite.start();
      const spec = { kind, endpoint: server.endpoint, table: 'claims' } as const;
      await createTable(spec);
      return { spec, restart: undefined, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    }
  }
}

async function createTable({ endpoint, table }: { readonly endpoint: string; readonly table: string }): Promise<void> {
  const client = new DynamoDB({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  await client.createTable(dynamodbTable({ table }));
  client.destroy();
}
