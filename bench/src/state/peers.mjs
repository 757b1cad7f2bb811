// The peers, behind one shape: `first()` with a new key, `replay()` with one that is done. In JavaScript, since they are installed on first use only.
import { randomUUID } from 'node:crypto';

/** @param {unknown} client Of node-redis. */
export async function powertoolsOnRedis(client, result) {
  const { CachePersistenceLayer } = await import('@aws-lambda-powertools/idempotency/cache');
  return powertools(new CachePersistenceLayer({ client }), result);
}

/** @param {unknown} client A DynamoDBClient of its own: it is changed. */
export async function powertoolsOnDynamodb(client, tableName, result) {
  const { DynamoDBPersistenceLayer } = await import('@aws-lambda-powertools/idempotency/dynamodb');
  return powertools(new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: client }), result);
}

/** Over a Map, of records as text, as its layers for real stores write them. */
export async function powertoolsInMemory(result) {
  const { CachePersistenceLayer } = await import('@aws-lambda-powertools/idempotency/cache');
  const records = new Map();
  const client = {
    get: async (key) => records.get(key) ?? null,
    set: async (key, text, { NX = false }) => {
      if (NX && records.has(key)) return null;
      records.set(key, text);
      return 'OK';
    },
    del: async ([key]) => records.delete(key),
  };
  return powertools(new CachePersistenceLayer({ client }), result);
}

async function powertools(persistenceStore, result) {
  const { makeIdempotent, IdempotencyConfig } = await import('@aws-lambda-powertools/idempotency');
  // Outside Lambda it warns at each call that there is no context; what that costs is left out.
  console.warn = () => {};
  const call = makeIdempotent(async () => result, {
    persistenceStore,
    keyPrefix: 'bench',
    dataIndexArgument: 0,
    config: new IdempotencyConfig({}),
  });
  return await worked((id) => call({ id }));
}

/** @param {object} socket As node-redis takes it. */
export async function nodeIdempotency(socket, result) {
  const { Idempotency } = await import('@node-idempotency/core');
  const { RedisStorageAdapter } = await import('@node-idempotency/storage-adapter-redis');
  const storage = new RedisStorageAdapter({ socket });
  await storage.connect();
  const idempotency = new Idempotency(storage, { enforceIdempotency: true });
  const work = await worked(async (id) => {
    const request = { headers: { 'idempotency-key': id }, path: '/orders', method: 'POST', body: { id } };
    const kept = await idempotency.onRequest(request);
    if (kept !== undefined) return kept;
    await idempotency.onResponse(request, { body: result });
    return result;
  });
  return { ...work, close: () => storage.disconnect() };
}

/** Middleware, with its own store in memory. */
export async function expressIdempotency() {
  const { default: library } = await import('express-idempotency');
  return { middleware: library.idempotency(), isHit: (request) => library.getSharedIdempotencyService().isHit(request) };
}

async function worked(call) {
  const known = Array.from({ length: 200 }, () => randomUUID());
  for (const id of known) await call(id);
  let asked = 0;
  return { first: () => call(randomUUID()), replay: () => call(known[(asked += 1) % known.length]) };
}
