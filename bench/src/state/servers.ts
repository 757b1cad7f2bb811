import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MariadbServer } from '../../../packages/state/test/support/servers/mariadb.ts';
import { PostgresServer } from '../../../packages/state/test/support/servers/postgres.ts';
import { RedisServer } from '../../../packages/state/test/support/servers/redis.ts';
import { start } from '../tools/started.ts';
import type { StoreSpec } from './open-store.ts';

export interface Server extends AsyncDisposable {
  readonly spec: StoreSpec;
}

/** A server of this bench's own, that waits for its disk where a real one would; Redis as it is by default: in memory. */
export async function startServer(kind: StoreSpec['kind']): Promise<Server> {
  switch (kind) {
    case 'redis': {
      const server = await RedisServer.start({ longestLifeMs: LONGEST_LIFE_MS });
      return { spec: { kind, socketPath: server.socketPath }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    }
    case 'postgres': {
      const settings = { fsync: 'on', full_page_writes: 'on', shared_buffers: '128MB', max_wal_size: '2GB' };
      const server = await PostgresServer.start({ settings, longestLifeMs: LONGEST_LIFE_MS });
      return { spec: { kind, connection: server.connection }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    }
    case 'mariadb': {
      const settings = {
        innodb_flush_log_at_trx_commit: '1',
        innodb_doublewrite: '1',
        innodb_log_file_size: '256M',
        innodb_buffer_pool_size: '128M',
      };
      const server = await MariadbServer.start({ settings, longestLifeMs: LONGEST_LIFE_MS });
      return { spec: { kind, connection: server.connection }, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
    }
    case 'sqlite': {
      const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-bench-'));
      return {
        spec: { kind, path: path.join(folder, 'state.db') },
        // oxlint-disable-next-line typescript/require-await -- the others have to wait
        [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
      };
    }
    case 'dynamodb': {
      const program = await startProgram('dynalite.mjs');
      return {
        spec: { kind, endpoint: `http://127.0.0.1:${program.port}`, table: 'claims' },
        [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
      };
    }
  }
}

/** One of this folder in a process of its own, that serves on a port of 127.0.0.1 and tells which. */
export async function startProgram(file: string, args: readonly string[] = []): Promise<AsyncDisposable & { readonly port: number }> {
  const program = start(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args], { ipc: true });
  const [told]: { readonly port: number }[] = await once(program.process, 'message');
  if (told === undefined) throw new Error(`${file} told no port.`);
  return { port: told.port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

const LONGEST_LIFE_MS = 900_000;
