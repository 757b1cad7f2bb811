import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChaos, type Fault } from './chaos.ts';
import type { StoreSpec } from './store-spec.ts';

// 500 kills, 500 zombies and 200 hand-overs on each store; SPOTPROOF_CHAOS_SHARE, from 0 to 1, makes it fewer, SPOTPROOF_CHAOS_STORES names some stores.
const share = Number(process.env['SPOTPROOF_CHAOS_SHARE'] ?? '1');
const FAULTS: Readonly<Record<Fault, number>> = {
  kill: Math.ceil(500 * share),
  zombie: Math.ceil(500 * share),
  drain: Math.ceil(200 * share),
  restart: Math.ceil(50 * share),
};
const STORES: readonly StoreSpec['kind'][] = ['sqlite', 'redis', 'postgres', 'mariadb', 'dynamodb'];
const OPTIONS = { workers: 4, everyMs: 200, steps: 20 } as const;
const named = process.env['SPOTPROOF_CHAOS_STORES']?.split(',');

for (const store of STORES.filter((kind) => named?.includes(kind) ?? true)) {
  test(`${store}: no step is missing and none is done twice, whatever is killed, stopped, drained or restarted`, async (context) => {
    const { wrong, ...rest } = await runChaos({ store, faults: FAULTS, withinMs: 5 * 60_000 + 3600 * 1000 * share, ...OPTIONS });
    context.diagnostic(JSON.stringify(rest));
    assert.deepEqual(wrong, []);
    assert.ok(rest.keysLinearized > rest.keysUndecided * 20, 'nearly all histories are decided');
  });
}

test('workers that write without their token are found out', async (context) => {
  const faults = { kill: 5, zombie: 40, drain: 0, restart: 0 };
  const { wrong, ...rest } = await runChaos({ store: 'redis', faults, withinMs: 200_000, ...OPTIONS, unfenced: true });
  context.diagnostic(JSON.stringify(rest));
  assert.ok(wrong.length > 0);
});
