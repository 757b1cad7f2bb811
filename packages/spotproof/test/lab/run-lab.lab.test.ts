import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import type { LabOptions, LabTask } from '../../src/verdict/lab-run.ts';
import { APP, labOptions, run } from './support/lab.ts';
import { eventually, processesWith } from './support/processes.ts';

describe('a run of the lab', { concurrency: 3 }, () => {
  for (const pidNamespaces of ['auto', 'off'] as const) {
    it(`interrupts one task, replaces it, accounts for the load and leaves no process behind (PID namespaces ${pidNamespaces})`, async (t) => {
      const options = labOptions({ pidNamespaces });

      const { run: result } = await run(t, options);

      assert.equal(result.failure, undefined);
      assert.equal(result.cancelled, false);
      const interrupted = result.tasks.filter((task) => task.interruptedAt !== undefined);
      assert.equal(interrupted.length, 1);
      const [task] = interrupted;
      assert.ok(task !== undefined);
      assertOrdered(task);
      assert.equal(task.exitCode, 0);
      assert.equal(task.killed || task.crashed || task.stoppedAtEnd, false);
      assert.deepEqual(
        result.tasks.filter((other) => other.replaces === task.id).map(({ stoppedAtEnd }) => stoppedAtEnd),
        [true],
      );
      assert.equal(result.load?.sent, result.load?.ended);
      assert.ok((result.load?.sent ?? 0) > 10);
      assert.equal(readFileSync(result.clientRecordsPath, 'utf8').trimEnd().split('\n').length, result.load?.sent);
      assert.ok(existsSync(result.balancerRecordsPath));
      await eventually('no process of the run is left', () => processesWith(options.marker).length === 0);
    });
  }

  it('SIGKILLs a task that ignores SIGTERM, no earlier than its stop timeout', async (t) => {
    const options = labOptions({ command: [process.execPath, APP, 'ignore-sigterm'], stopTimeoutMs: 700 });

    const { run: result } = await run(t, options);

    const task = result.tasks.find(({ killed }) => killed);
    assert.ok(task?.sigtermAt !== undefined && task.sigkillAt !== undefined, 'a task was killed');
    assert.ok(task.sigkillAt - task.sigtermAt >= 700);
    assert.deepEqual([task.exitCode, task.exitSignal, task.crashed], [137, 'SIGKILL', false]);
    await eventually('no process of the run is left', () => processesWith(options.marker).length === 0);
  });

  it('calls a task crashed that ends under load without having been told to, and replaces it', async (t) => {
    const options = labOptions({ command: [process.execPath, APP, 'crash', '2500'], tasks: 1, controlMs: 3000, interruptions: [], durationMs: 500 });

    const { run: result } = await run(t, options);

    assert.equal(result.failure, undefined);
    const [first] = result.tasks;
    assert.deepEqual([first?.crashed, first?.exitCode, first?.interruptedAt], [true, 9, undefined]);
    assert.equal(first?.stopReason?.code, 'EssentialContainerExited');
    assert.ok(first?.output.includes('out of luck'));
    assert.ok(result.tasks.some(({ replaces }) => replaces === first?.id));
  });

  it('tells a task its port in a named variable and in its arguments, and never its budget', async (t) => {
    const print =
      'console.log(JSON.stringify([process.argv.slice(1), process.env])); require("http").createServer((q, s) => s.end("ok")).listen(process.env.MY_PORT)';
    const options = labOptions({
      command: [process.execPath, '-e', print, '--', '--port={port}'],
      portEnv: 'MY_PORT',
      tasks: 1,
      interruptions: [],
      durationMs: 0,
    });

    const { run: result } = await run(t, options);

    const [task] = result.tasks;
    const [args, env] = JSON.parse(task?.output[0] ?? '[]');
    assert.deepEqual(args, [`--port=${task?.port}`]);
    assert.equal(env.MY_PORT, String(task?.port));
    assert.equal(env.SPOTPROOF_STOP_TIMEOUT, undefined);
    assert.equal(env.NODE_OPTIONS, process.env['NODE_OPTIONS']);
  });

  it('says each phase in order, and every task event, to its listener', async (t) => {
    const { run: result, progress } = await run(t, labOptions());

    assert.deepEqual(
      progress.flatMap((one) => (one.type === 'phase' ? [one.phase] : [])),
      ['starting', 'health', 'control', 'interruption', 'finishing', 'stopping'],
    );
    assert.deepEqual(
      progress.flatMap((one) => (one.type === 'task' ? [one.event] : [])),
      result.timeline,
    );
  });

  for (const [name, overrides] of Object.entries<Partial<LabOptions>>({
    tasks: { tasks: 0 },
    stopTimeoutMs: { stopTimeoutMs: Number.NaN },
    seed: { seed: 1.5 },
    'interruptions.count': { interruptions: [{ count: 0, atMs: 0 }] },
    command: { command: [] },
  })) {
    it(`refuses ${name} out of range by its name, before anything is started`, async (t) => {
      const options = labOptions(overrides);

      await assert.rejects(run(t, options), (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && error.message.startsWith(name));
      assert.equal(existsSync(options.runDirectory), false);
    });
  }
});

function assertOrdered(task: LabTask): void {
  const times = [task.listeningAt, task.registeredAt, task.interruptedAt, task.sigtermAt, task.listenerClosedAt];
  assert.ok(
    times.every((time) => time !== undefined),
    `every time is known: ${times.join()}`,
  );
  assert.deepEqual(
    times,
    times.toSorted((a, b) => (a ?? 0) - (b ?? 0)),
  );
  assert.ok((task.exitedAt ?? 0) >= (task.sigtermAt ?? 0));
  assert.deepEqual(
    task.states.map(({ state }) => state),
    ['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED'],
  );
}
