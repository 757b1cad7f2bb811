import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { DynamoDb } from '../../src/cloud/dynamodb/dynamodb.ts';

void describe('the tables of a cloud', () => {
  const database = new DynamoDb({});
  const failures: unknown[] = [];
  const server = createServer((request, response) => {
    database.answer(request, response).catch((error: unknown) => failures.push(error));
  });
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const call = async (operation: string, body: string): Promise<{ readonly status: number; readonly text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      method: 'POST',
      headers: {
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-date': '20260101T000000Z',
        authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body,
    });
    return { status: answer.status, text: await answer.text() };
  };

  test('go on being there when a caller is gone in the middle of what it sends', async () => {
    assert.deepEqual(await call('ListTables', '{}'), { status: 200, text: '{"TableNames":[]}' });
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const coming = new Promise<IncomingMessage>((resolve) => server.once('request', resolve));
    socket.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: 99\r\n\r\n{');
    const request = await coming;
    const isGone = new Promise((resolve) => request.once('close', resolve));
    socket.resetAndDestroy();
    await isGone;

    assert.equal((await call('ListTables', '{}')).status, 200);
    assert.deepEqual(failures, []);
  });

  for (const [name, operation, body, status, message] of [
    ['an input that is no structure', 'ListTables', 'null', 400, /SerializationException/],
    ['no input', 'ListTables', '', 400, /SerializationException/],
    ['an input that ends too early', 'ListTables', '{"Limit":', 400, /SerializationException/],
    [
      'an operation that is not here',
      'UpdateTimeToLive',
      '{}',
      400,
      /Amazon DynamoDB has no operation UpdateTimeToLive here\. Served are BatchGetItem,/,
    ],
    ['an operation by a name that every object has', 'constructor', '{}', 400, /has no operation constructor here/],
    ['more than DynamoDB takes', 'PutItem', `"${'x'.repeat(17 * 1024 * 1024)}"`, 413, /^$/],
  ] as const) {
    test(`refuse ${name}`, async () => {
      const answer = await call(operation, body);

      assert.equal(answer.status, status, answer.text);
      assert.match(answer.text, message);
    });
  }
});
