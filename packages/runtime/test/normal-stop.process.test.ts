import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { ask } from './support/raw-client.ts';
import { waitFor } from './support/wait-for.ts';

const BUDGET = { SPOTPROOF_STOP_TIMEOUT: '30' };
const BALANCER = { 'User-Agent': 'ELB-HealthChecker/2.0' };

void describe('evidence that the balancer let go before SIGTERM', { concurrency: 8 }, () => {
  test('traffic that ended ten seconds before makes the process leave within four seconds', async () => {
    await using app = await Program.start('app.mjs', { env: BUDGET });
    for (let count = 0; count < 5; count += 1) await ask(app.port, `/${count}`);
    await pass(10_500);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.leaveReason, 'released');
    assert.ok((report.phases.exited ?? Infinity) < 4_000, `left after ${report.phases.exited} ms`);
  });

  test('health checks of every balancer node that ended do too, although requests were seen just now', async () => {
    await using app = await Program.start('app.mjs', { env: BUDGET });
    for (let count = 0; count < 4; count += 1) {
      await ask(app.port, '/health', BALANCER);
      await pass(100);
    }
    await ask(app.port, '/last');
    // More than two of the longest gaps that a busy machine makes of 100 ms.
    await pass(1_500);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.leaveReason, 'released');
    assert.ok((report.phases.draining ?? Infinity) < 5_000);
  });

  test('the first request after SIGTERM withdraws it, and letGoByHealthChecks: false ignores it', async () => {
    await using withdrawn = await Program.start('app.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '8' } });
    await using ignored = await Program.start('app.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '8', OPTIONS: '{"letGoByHealthChecks":false}' } });
    for (let count = 0; count < 4; count += 1) {
      await Promise.all([ask(withdrawn.port, '/health', BALANCER), ask(ignored.port, '/health', BALANCER)]);
      await pass(100);
    }
    // More than two of the longest gaps that a busy machine makes of 100 ms.
    await pass(1_500);

    withdrawn.signal('SIGTERM');
    ignored.signal('SIGTERM');
    await withdrawn.line(/^phase lingering/);
    await ask(withdrawn.port, '/still-routed');

    assert.equal((await withdrawn.report()).leaveReason, 'cap');
    assert.equal((await ignored.report()).leaveReason, 'cap');
  });

  test('silence during a stall of the process is none: a request that waited in the kernel is seen before the linger ends', async () => {
    await using app = await Program.start('app.mjs', { env: { SPOTPROOF_STOP_TIMEOUT: '10', STALL_AT: '2500' } });
    for (let count = 0; count < 4; count += 1) {
      await ask(app.port, '/health', BALANCER);
      await pass(100);
    }
    // More than two of the longest gaps that a busy machine makes of 100 ms.
    await pass(1_500);

    app.signal('SIGTERM');
    await app.line(/^stalled/);
    const answer = await ask(app.port, '/meanwhile');
    const report = await app.report();

    assert.match(answer, /200 OK/);
    assert.equal(report.leaveReason, 'cap');
  });

  test('with traffic until SIGTERM the process lingers to the floor and leaves when it is quiet', async () => {
    await using app = await Program.start('app.mjs', { env: BUDGET });
    for (let count = 0; count < 20; count += 1) await ask(app.port, `/${count}`);

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.leaveReason, 'quiet');
    assert.ok((report.phases.draining ?? 0) >= 12_000);
    assert.ok((report.phases.draining ?? Infinity) < 14_000, `left after ${report.phases.draining} ms`);
  });
});

/** Real time is what is under test here. */
async function pass(ms: number): Promise<void> {
  const since = performance.now();
  await waitFor(`${ms} ms have passed`, () => performance.now() - since > ms, ms + 10_000);
}
