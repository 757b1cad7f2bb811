import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { requireNode } from '../../scripts/support/nodes.ts';
import { ROOT } from '../../scripts/support/workspace.ts';

// The runtime's own process tests drive programs on the older Nodes, which load the built package as a user's container would.
const SAMPLE = [
  'accept-queue',
  'adapters/frameworks',
  'adapters/web-sockets',
  'auto',
  'connection-close',
  'endings',
  'exec/first-process',
  'health/readiness',
  'https',
  'linger',
  'order',
  'platform/platform',
  'signals',
];

for (const major of [20, 22] as const) {
  test(`the built runtime drains on Node ${major} as it does on the newest`, () => {
    const { program } = requireNode(major);
    const files = SAMPLE.map((name) => `packages/runtime/test/${name}.process.test.ts`);
    assert.equal(globSync(files, { cwd: ROOT }).length, files.length, 'a file of the sample was renamed');

    const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=@spotproof/source', '--test', '--test-concurrency=3', ...files], {
      cwd: ROOT,
      encoding: 'utf8',
      // Without NODE_TEST_CONTEXT, or the inner run takes itself for one file of this one.
      env: { ...process.env, NODE_TEST_CONTEXT: undefined, SPOTPROOF_TEST_NODE: program },
      timeout: 150_000,
    });

    assert.equal(status, 0, `${stdout}\n${stderr}`);
  });
}
