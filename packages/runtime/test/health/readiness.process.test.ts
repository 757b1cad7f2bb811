import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask } from '../support/raw-client.ts';
import { Program } from '../support/program.ts';

interface Body {
  readonly status: string;
  readonly checks: Readonly<
    Record<string, { readonly status: string; readonly required?: boolean; readonly shared?: boolean; readonly error?: string }>
  >;
}

void describe('readiness from checks', { concurrency: 8 }, () => {
  test('a task is starting with 503 until its checks pass, then ready, then not ready, each check by name', async () => {
    await using app = await start({ checks: { database: { mode: 'fail' }, cache: { mode: 'no', required: false } } });

    const starting = await readyz(app);
    await ask(app.port, '/set?database=pass');
    const ready = await readyz(app);
    await ask(app.port, '/set?database=fail');
    const sick = await readyz(app);

    assert.equal(starting.code, 503);
    assert.equal(starting.body.status, 'starting');
    assert.equal(starting.body.checks['database']?.status, 'fail');
    assert.equal(ready.code, 200);
    assert.equal(ready.body.status, 'ready');
    assert.deepEqual([ready.body.checks['cache']?.status, ready.body.checks['cache']?.required], ['fail', false]);
    assert.equal(sick.code, 503);
    assert.equal(sick.body.status, 'not-ready');
  });

  test('errors go to the logger and not to the world, unless that is asked for', async () => {
    await using silent = await start({ checks: { database: { mode: 'fail' } } });
    await using open = await start({ checks: { database: { mode: 'fail' } }, options: { showErrors: true } });

    const hidden = await readyz(silent);
    const shown = await readyz(open);

    assert.doesNotMatch(hidden.text, /secret/);
    assert.match(await silent.line(/^log readiness changed/), /secret/);
    assert.match(shown.body.checks['database']?.error ?? '', /secret/);
  });

  test('a check that hangs is answered for within timeoutMs by name, is aborted, and runs once however often it is asked for', async () => {
    await using app = await start({ checks: { database: { mode: 'hang' }, cache: {} }, options: { timeoutMs: 2_000, cacheMs: 0 } });

    const answers = await Promise.all([readyz(app), readyz(app), readyz(app)]);
    const later = await readyz(app);
    await app.line(/^aborted database TimeoutError/);
    await ask(app.port, '/set?database=pass');
    const healed = await readyz(app);

    for (const { code, body } of [...answers, later]) {
      assert.equal(code, 503);
      assert.equal(body.checks['database']?.status, 'timed-out');
      assert.equal(body.checks['cache']?.status, 'pass');
    }
    assert.equal(healed.code, 200);
    const runs = app.output.filter((line) => line.startsWith('check database'));
    assert.deepEqual(runs, ['check database 1', 'check database 1']);
  });

  test('several balancer nodes that ask at once cost one run', async () => {
    await using app = await start({ options: { cacheMs: 60_000 } });

    const answers = await Promise.all(Array.from({ length: 6 }, () => readyz(app)));

    assert.deepEqual(new Set(answers.map(({ code }) => code)), new Set([200]));
    assert.equal(app.output.filter((line) => line.startsWith('check database')).length, 1);
  });

  test('from SIGTERM on it is 503 without running a check, also for one that was asked before and answers after', async () => {
    await using app = await start({ checks: { database: {}, slow: { mode: 'hang', required: false } }, options: { timeoutMs: 10_000, cacheMs: 0 } });
    const before = readyz(app);
    await app.line(/^check slow/);

    app.signal('SIGTERM');
    await app.line(/^draining/);
    const after = await readyz(app);
    await ask(app.port, '/set?slow=pass');

    assert.deepEqual([after.code, after.body.status, after.body.checks['database']?.status], [503, 'draining', 'pass']);
    const { code, body } = await before;
    assert.deepEqual([code, body.status], [503, 'draining']);
    assert.equal(app.output.filter((line) => line.startsWith('check')).length, 2);
    const report = await app.report();
    assert.equal(report.outcome, 'drained');
    // The one request of the app itself; health checks are none.
    assert.equal(report.served.lingering + report.served.draining, 1);
  });

  test('a required check of something that all tasks share is warned of by name, in the log and in the report', async () => {
    await using app = await start({ checks: { database: { shared: true }, queue: { shared: true, required: false }, disk: {} } });
    const warning = await app.line(/which all tasks share/);

    app.signal('SIGTERM');

    assert.match(warning, /depends on "database", which/);
    assert.ok((await app.report()).warnings.some((sentence) => sentence.includes('"database", which all tasks share')));
  });

  test('plain checks instead of readiness(), a check that is no function and a bad number each stop the start with what was expected', async () => {
    await using noFunction = await Program.start('readiness.mjs', { silent: true, env: { CHECKS: '{"database":{"check":5}}' } });
    await using mistyped = await Program.start('readiness.mjs', { silent: true, env: { CHECKS: '{"database":{"requried":false}}' } });
    await using badNumber = await Program.start('readiness.mjs', { silent: true, env: { OPTIONS: '{"timeoutMs":"1s"}' } });
    await using plain = await Program.start('app.mjs', { silent: true, env: { OPTIONS: '{"readiness":{"database":true}}' } });

    await noFunction.errorLine(/SpotproofError.*readiness check "database" must be a function/);
    await mistyped.errorLine(/SpotproofError.*readiness check "database" must be a function or \{ check, required, shared \}/);
    await badNumber.errorLine(/SpotproofError.*timeoutMs of readiness\(\) must be a number of milliseconds from 1 to 60000, got 1s/);
    await plain.errorLine(/SpotproofError.*readiness must be what readiness\(\{ name: check \}\) returned/);
  });
});

async function start(options: {
  readonly checks?: Readonly<Record<string, object>>;
  readonly options?: object;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Program> {
  return await Program.start('readiness.mjs', {
    env: {
      CHECKS: JSON.stringify(options.checks ?? { database: {} }),
      // A slow machine must not look like a slow check.
      OPTIONS: JSON.stringify({ cacheMs: 0, timeoutMs: 10_000, ...options.options }),
      ...options.env,
    },
  });
}

async function readyz(app: Program): Promise<{ readonly code: number; readonly text: string; readonly body: Body }> {
  const text = await ask(app.port, '/readyz');
  const [, code = '', body = '{}'] = /^HTTP\/1.1 (\d+) .*?\r\n\r\n(?:\w+\r\n)?(\{.*\})/s.exec(text) ?? [];
  return { code: Number(code), text, body: JSON.parse(body) as Body };
}
