import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { createRedisStore, type RedisClient } from '../../src/stores/redis/index.ts';
import { storeContract } from '../contract/store-contract.ts';
import type { StoreUnderTest } from '../contract/under-test.ts';
import { RedisServer } from '../support/servers/redis.ts';

// Each with a client of the other kind beside it: they must agree on every byte of a record.
storeContract('Redis by ioredis', () => makeStore(ioredis, nodeRedis));
storeContract('Redis by node-redis, which speaks RESP3', () => makeStore(nodeRedis, ioredis));

async function makeStore(...connectors: readonly Connector[]): Promise<StoreUnderTest> {
  const server = await RedisServer.start();
  const connected = await Promise.all(connectors.map((connect) => connect(server.socketPath)));
  const [store, ...others] = connected.map(({ client }) => createRedisStore({ client }));
  if (store === undefined) throw new Error('There is no client.');
  return {
    store,
    others,
    dispose: async () => {
      for (const { end } of connected) end();
      await server[Symbol.asyncDispose]();
    },
  };
}

type Connector = (socketPath: string) => Promise<{ readonly client: RedisClient; readonly end: () => void }>;

function ioredis(socketPath: string): ReturnType<Connector> {
  const client = new Redis(socketPath);
  return Promise.resolve({ client, end: () => client.disconnect() });
}

async function nodeRedis(socketPath: string): ReturnType<Connector> {
  const client = await createClient({ socket: { path: socketPath, tls: false }, RESP: 3 }).connect();
  return { client, end: () => client.destroy() };
}
