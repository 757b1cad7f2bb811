import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOptions } from '../src/aws/client-options.ts';
import { Rig } from './rig.ts';

test('a write that AWS is slow to take is given up when the lease ends: another may have decided otherwise by then', async () => {
  const rig = new Rig();
  rig.cloud.interrupt(3, rig.clock.now());
  const begun = rig.clock.now();
  const gaveUpAt = new Promise<number>((resolve) => {
    rig.cloud.beforeWrite = (signal) =>
      new Promise((go) => {
        signal.addEventListener('abort', () => {
          resolve(rig.clock.now() - begun);
          go();
        });
      });
  });
  await rig.run(rig.controller.handle([rig.record(3)]));

  assert.ok((await gaveUpAt) <= 30_000);
});

test('a call that is never answered ends: nothing would be decided for its service any more', () => {
  const { connectionTimeout, requestTimeout, throwOnRequestTimeout } = clientOptions({}).requestHandler;

  assert.ok(connectionTimeout > 0 && requestTimeout > 0 && requestTimeout <= 5_000);
  assert.equal(throwOnRequestTimeout, true, 'the SDK would only warn');
  assert.ok(clientOptions({}, 20_000).requestHandler.requestTimeout > 20_000, 'a long poll is no silence');
});
