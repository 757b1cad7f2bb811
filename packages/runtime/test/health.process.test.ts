import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Program } from './support/program.ts';
import { RawClient, ask } from './support/raw-client.ts';

const BALANCER = { 'User-Agent': 'ELB-HealthChecker/2.0' };

void describe('health checks', { concurrency: 8 }, () => {
  test('readiness turns from 200 to 503 at SIGTERM, liveness stays 200, and both count as no traffic', async () => {
    await using app = await Program.start('app.mjs');
    const before = { ready: await ask(app.port, '/readyz'), live: await ask(app.port, '/livez') };

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const after = { ready: await ask(app.port, '/readyz?verbose'), live: await ask(app.port, '/livez') };

    assert.match(before.ready, /^HTTP\/1.1 200 .*"ready"/s);
    assert.match(before.live, /^HTTP\/1.1 200 .*"live"/s);
    assert.match(after.ready, /^HTTP\/1.1 503 .*"draining"/s);
    assert.match(after.live, /^HTTP\/1.1 200 .*"live"/s);
    const report = await app.report();
    assert.equal(report.requestsAfterStart, 0);
    assert.equal(report.healthChecksAnswered, 2);
    assert.ok(!app.output.some((line) => line.startsWith('request')), 'the app saw a health check');
  });

  test('a check of the balancer goes to the app before SIGTERM and gets 503 after it, whatever its path', async () => {
    await using app = await Program.start('app.mjs');
    const before = await ask(app.port, '/anything', BALANCER);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const after = await ask(app.port, '/anything', BALANCER);
    const liveness = await ask(app.port, '/livez', { 'user-agent': 'ELB-HealthChecker/2.0' });

    assert.match(before, /app GET \/anything$/);
    assert.match(after, /^HTTP\/1.1 503 .*Connection: close.*"draining"/s);
    assert.match(liveness, /^HTTP\/1.1 503 /);
    assert.equal((await app.report()).healthChecksAnswered, 2);
  });

  test('checks of the balancer on a kept connection during the drain do not keep the process', async () => {
    await using app = await Program.start('app.mjs');
    using client = await RawClient.connect(app.port);
    client.request('/health', BALANCER);
    await client.until(/app GET \/health/);

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    client.request('/health', BALANCER);
    await client.until(/"draining"/);

    const report = await app.report();
    assert.equal(report.requestsAfterStart, 0);
    assert.equal(report.outcome, 'drained');
  });

  test('paths can be renamed or left to the app', async () => {
    await using app = await Program.start('app.mjs', { env: { OPTIONS: JSON.stringify({ readinessPath: '/health', livenessPath: false }) } });

    const [own, livez, readyz] = await Promise.all([ask(app.port, '/health'), ask(app.port, '/livez'), ask(app.port, '/readyz')]);

    assert.match(own, /"ready"/);
    assert.match(livez, /app GET \/livez$/);
    assert.match(readyz, /app GET \/readyz$/);
  });

  test('auto leaves every path to the app while it serves, and answers checks of the balancer with 503 afterwards', async () => {
    await using app = await Program.start('app.mjs', { auto: true, env: { PROTECT: 'no' } });
    const before = [await ask(app.port, '/readyz'), await ask(app.port, '/livez'), await ask(app.port, '/health', BALANCER)];

    app.signal('SIGTERM');
    await app.line(/^phase lingering/);
    const check = await ask(app.port, '/health', BALANCER);
    const readyz = await ask(app.port, '/readyz');

    for (const answer of before) assert.match(answer, /app GET /);
    assert.match(check, /^HTTP\/1.1 503 /);
    assert.match(readyz, /app GET \/readyz$/);
  });
});
