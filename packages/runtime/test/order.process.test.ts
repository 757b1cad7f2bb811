import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient } from './support/raw-client.ts';

test('a handler meets ticks, promises and the end of its request in the same order before and after SIGTERM', async () => {
  await using app = await Program.start('order.mjs');
  using before = await RawClient.connect(app.port);
  before.request('/');
  await before.until(ORDER);

  app.signal('SIGTERM');
  await app.line(/^draining/);
  using after = await RawClient.connect(app.port);
  after.request('/');
  await after.until(ORDER);

  assert.equal(ORDER.exec(after.received)?.[0], ORDER.exec(before.received)?.[0]);
});

const ORDER = /(?:(?:tick|promise|request closed)(?:, )?){3}/;
