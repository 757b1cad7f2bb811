import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../support/raw-client.ts';
import { Program } from '../support/program.ts';

test('liveness is 503 after the event loop stood still for more than half of half a minute, and 200 while draining all the same', async () => {
  await using app = await Program.start('readiness.mjs');
  const before = await ask(app.port, '/livez');

  await ask(app.port, '/block');
  await app.line(/^blocking/);
  const stalled = await ask(app.port, '/livez');
  app.signal('SIGTERM');
  await app.line(/^draining/);
  const draining = await ask(app.port, '/livez');

  assert.match(before, /^HTTP\/1.1 200 .*"live"/s);
  assert.match(stalled, /^HTTP\/1.1 503 .*"stalled"/s);
  assert.match(draining, /^HTTP\/1.1 200 .*"live"/s);
});
