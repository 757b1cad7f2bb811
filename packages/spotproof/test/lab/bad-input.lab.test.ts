import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { LabFailure, LabOptions } from '../../src/verdict/lab-run.ts';
import { findFreePort } from '../../src/lab/tasks/free-port.ts';
import { APP, labOptions, run } from './support/lab.ts';
import { eventually, processesWith } from './support/processes.ts';

describe('a command that cannot be a service', { concurrency: 3 }, () => {
  it('that does not exist is named', async (t) => {
    const failure = await failureOf(t, { command: ['no-such-program-here', 'x'] });

    assert.deepEqual([failure.of, failure.kind], ['app', 'command-not-found']);
    assert.match(failure.message, /no-such-program-here was not found in PATH/);
  });

  it('does not inherit what an earlier run left in its directory', async (t) => {
    const options = labOptions({ command: ['no-such-program-here'] });
    mkdirSync(path.join(options.runDirectory, 'tasks'), { recursive: true });
    const left = ['client.ndjson', 'balancer.ndjson', path.join('tasks', 'task-1.drain.json')].map((name) => path.join(options.runDirectory, name));
    for (const file of left) writeFileSync(file, '{}');

    await run(t, options);

    assert.deepEqual(left.filter(existsSync), []);
  });

  it('that is not executable is named', async (t) => {
    const failure = await failureOf(t, { command: [APP] });

    assert.equal(failure.kind, 'command-not-found');
    assert.match(failure.message, /app\.ts is not executable/);
  });

  for (const pidNamespaces of ['auto', 'off'] as const) {
    it(`that exits at once is shown with its exit code and its last lines (PID namespaces ${pidNamespaces})`, async (t) => {
      const failure = await failureOf(t, { pidNamespaces, command: [process.execPath, APP, 'exit'] });

      assert.deepEqual([failure.of, failure.kind], ['app', 'exited-at-once']);
      assert.match(failure.message, /exit code 7 before it listened/);
      assert.match(failure.message, /cannot find my configuration/);
    });

    it(`that listens on another port is told which (PID namespaces ${pidNamespaces})`, async (t) => {
      const port = await findFreePort(new Set());
      const failure = await failureOf(t, {
        pidNamespaces,
        tasks: 1,
        startTimeoutMs: 2000,
        command: [process.execPath, APP, 'fixed-port', String(port)],
      });

      assert.deepEqual([failure.of, failure.kind], ['app', 'never-listened']);
      assert.match(failure.message, new RegExp(`task-1 listens on ${port}, but was told PORT=\\d+`));
    });
  }

  it('that never listens is told what to do', async (t) => {
    const failure = await failureOf(t, { startTimeoutMs: 1000, command: [process.execPath, APP, 'silent'] });

    assert.deepEqual([failure.of, failure.kind], ['app', 'never-listened']);
    assert.match(failure.message, /did not listen on its port \(PORT=\d+\) within 1 s, nor on any other.*\{port\}/);
  });

  it('that listens on ::1 only is told that nothing could reach it', async (t) => {
    const failure = await failureOf(t, { tasks: 1, startTimeoutMs: 2000, command: [process.execPath, APP, 'ipv6-loopback'] });

    assert.equal(failure.kind, 'never-listened');
    assert.match(failure.message, /did not accept a connection to 127\.0\.0\.1 within 2 s\. Make it listen on 0\.0\.0\.0/);
  });

  it('that listens on a fixed port in every task is told that each needs its own', async (t) => {
    const port = await findFreePort(new Set());
    const failure = await failureOf(t, { command: [process.execPath, APP, 'fixed-port', String(port)] });

    assert.deepEqual([failure.of, failure.kind], ['app', 'port-taken']);
    assert.match(failure.message, new RegExp(`wanted to listen on port ${port}, which is in use already, but was told PORT=`));
  });

  it('that answers garbage never becomes healthy, and the reason is given', async (t) => {
    const options = labOptions({ tasks: 1, startTimeoutMs: 3000, command: [process.execPath, APP, 'garbage'] });
    const failure = await failureOf(t, {
      ...options,
      balancer: { ...options.balancer, healthCheck: { ...options.balancer.healthCheck, timeoutMs: 500 } },
    });

    assert.deepEqual([failure.of, failure.kind], ['app', 'never-healthy']);
    assert.match(failure.message, /GET \/ must answer 200 to 200/);
  });

  it('that is not a Node program cannot be protected', async (t) => {
    const serve =
      'import http.server, os; http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()';
    const failure = await failureOf(t, { protect: true, tasks: 1, command: ['python3', '-c', serve], cwd: import.meta.dirname });

    assert.deepEqual([failure.of, failure.kind], ['app', 'not-protected']);
    assert.match(failure.message, /python3.*seems not to be a Node program/);
  });

  it('a balancer that cannot run is our fault, and says so', async (t) => {
    const options = labOptions();
    const { run: result } = await run(t, options, { modules: { balancer: path.join(import.meta.dirname, 'no-such-module.ts') } });

    assert.deepEqual([result.failure?.of, result.failure?.kind], ['lab', 'balancer-failed']);
    assert.match(result.failure?.message ?? '', /ended by itself/);
  });

  it('a sink that cannot run is our fault as well, and no task is started', async (t) => {
    const options = labOptions({ work: { waitMs: 1000 } });
    const { run: result } = await run(t, options, { modules: { sink: path.join(import.meta.dirname, 'no-such-module.ts') } });

    assert.deepEqual([result.failure?.of, result.failure?.kind, result.tasks.length], ['lab', 'sink-failed', 0]);
    assert.match(result.failure?.message ?? '', /The sink ended by itself/);
  });
});

/** The failure of a run, after which nothing of it is left. */
async function failureOf(t: { after(act: () => void): void }, overrides: Partial<LabOptions>): Promise<LabFailure> {
  const options = labOptions(overrides);
  const { run: result } = await run(t, options);
  await eventually('no process of the run is left', () => processesWith(options.marker).length === 0);
  assert.ok(result.failure !== undefined, 'the run failed');
  assert.equal(result.cancelled, false);
  assert.equal(result.load, undefined);
  return result.failure;
}
