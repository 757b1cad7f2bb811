/**
 * The store of claims that `STORE` names: `postgres://…`, `mysql://…`, `redis://…`, `dynamodb:<table>` (wherever the AWS SDK finds it), or a file of SQLite, which
 * will do where all tasks are on one machine, as in the lab.
 */
export async function openStore(address = process.env.STORE ?? 'state.db') {
  switch (/^[a-z]+(?=:)/.exec(address)?.[0] ?? 'file') {
    case 'postgres': {
      const [{ default: pg }, { createPostgresStore }] = await Promise.all([import('pg'), import('@spotproof/state/postgres')]);
      const pool = new pg.Pool({ connectionString: address });
      const store = createPostgresStore({ pool });
      await store.migrate();
      return { store, close: () => pool.end() };
    }
    case 'mysql': {
      const [{ createPool }, { createMysqlStore }] = await Promise.all([import('mysql2/promise'), import('@spotproof/state/mysql')]);
      const pool = createPool(address);
      const store = createMysqlStore({ pool });
      await store.migrate();
      return { store, close: () => pool.end() };
    }
    case 'redis': {
      const [{ Redis }, { createRedisStore }] = await Promise.all([import('ioredis'), import('@spotproof/state/redis')]);
      const client = new Redis(address);
      return { store: createRedisStore({ client }), close: () => client.disconnect() };
    }
    case 'dynamodb': {
      const [{ DynamoDB }, { createDynamodbStore }] = await Promise.all([import('@aws-sdk/client-dynamodb'), import('@spotproof/state/dynamodb')]);
      const client = new DynamoDB({});
      return { store: createDynamodbStore({ client, table: address.slice('dynamodb:'.length) }), close: () => client.destroy() };
    }
    default: {
      const { createSqliteStore } = await import('@spotproof/state/sqlite');
      const store = createSqliteStore({ path: address });
      return { store, close: () => store.close() };
    }
  }
}
