import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadClient } from '../../src/commands/state/load-client.ts';

function project(t: { after: (act: () => void) => void }, packages: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-client-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, source] of Object.entries(packages)) {
    mkdirSync(path.join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(path.join(folder, 'node_modules', name, 'index.js'), source);
  }
  return folder;
}

test("the client is the working directory's own, the first of those that are there, and ours where it has none", (t) => {
  const own = project(t, { ioredis: 'module.exports = { whose: "the project" }' });

  assert.deepEqual(loadClient(['redis', 'ioredis'], own), { name: 'ioredis', module: { whose: 'the project' } });
  assert.equal(loadClient<{ Pool?: unknown; whose?: string }, 'pg'>(['pg'], own).module.whose, undefined);
});

test('a client that is not installed, or cannot be loaded, is told with the command that helps', (t) => {
  const broken = project(t, { redis: 'throw new Error("wrong architecture")' });

  assert.throws(() => loadClient(['@no-such/client/part', 'no-such-client'], broken), {
    code: 'SPOTPROOF_CONFIG_INVALID',
    message: `The client of this store is not installed: @no-such/client or no-such-client was looked for from ${broken} on. Run this in the folder of your app, or install it: npm install @no-such/client.`,
  });
  assert.throws(() => loadClient(['redis'], broken), {
    code: 'SPOTPROOF_CONFIG_INVALID',
    message: 'redis is installed and cannot be loaded: wrong architecture. Install it again: npm install redis.',
  });
});
