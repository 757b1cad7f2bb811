import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChaos } from './chaos.ts';

const FAULTS = { kill: 3, zombie: 4, drain: 2, restart: 0 };
const OPTIONS = { workers: 3, everyMs: 250, steps: 10, withinMs: 100_000 } as const;

test('workers on SQLite that are killed, stopped and drained at random times do every step once', async (context) => {
  const { wrong, ...rest } = await runChaos({ store: 'sqlite', faults: FAULTS, ...OPTIONS });
  context.diagnostic(JSON.stringify(rest));
  assert.deepEqual(wrong, []);
  assert.ok(rest.keysLinearized > 0);
});
