import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { createDynamodbStore, dynamodbTable } from '../../src/stores/dynamodb/index.ts';
import { storeContract } from '../contract/store-contract.ts';
import type { StoreUnderTest } from '../contract/under-test.ts';
import { FakeDynamodb } from '../support/fake-dynamodb.ts';
import { Dynalite } from '../support/servers/dynalite.ts';

storeContract('DynamoDB as dynalite does it', () => makeStore(Dynalite));
storeContract('DynamoDB as our fake does it, which says what a refused condition met', () => makeStore(FakeDynamodb));

async function makeStore(kind: { readonly start: () => Promise<{ readonly endpoint: string } & AsyncDisposable> }): Promise<StoreUnderTest> {
  const server = await kind.start();
  const clients = [0, 1].map(
    () => new DynamoDB({ endpoint: server.endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }),
  );
  await clients[0]?.createTable(dynamodbTable({ table: 'claims' }));
  const [store, ...others] = clients.map((client) => createDynamodbStore({ client, table: 'claims' }));
  if (store === undefined) throw new Error('There is no client.');
  return {
    store,
    others,
    dispose: async () => {
      for (const client of clients) client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}
