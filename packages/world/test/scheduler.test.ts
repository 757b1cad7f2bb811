import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WorldInput } from '@spotproof/world';
import { CONFIG, drive, runningWanted, stateTimes, timeOf, type Happening } from './support/drive.ts';

describe('the service scheduler', () => {
  it('starts a replacement at the notice, without waiting for the task to end (Fargate capacity providers page)', () => {
    const run = drive({ containers: { exitMs: 20_000 }, inputs: [{ at: 1000, input: { type: 'interrupt-some', count: 1 } }], untilMs: 60_000 });

    assert.deepEqual(
      replacements(run).map(({ at }) => at),
      [1000],
    );
    assert.equal(runningWanted(run), 3);
  });

  it('starts it only when the task is STOPPED where it is told so', () => {
    const run = drive({
      config: { replacement: 'after-stopped', deregistration: { kind: 'profile', profile: 'worst' } },
      containers: { exitMs: 20_000 },
      inputs: [{ at: 1000, input: { type: 'interrupt', taskIds: ['task-2'] } }],
      untilMs: 60_000,
    });

    assert.deepEqual(replacements(run), [{ taskId: 'task-4', replaces: 'task-2', at: 21_000 }]);
  });

  // Fargate capacity providers page: "A service with only one task is interrupted until capacity is available."
  it('a service with one task is interrupted until there is capacity, which the scheduler asks for again and again', () => {
    const run = drive({
      config: { desiredCount: 1, launchesAvailable: 1 },
      inputs: [
        { at: 1000, input: { type: 'interrupt-some', count: 'all' } },
        { at: 90_000, input: { type: 'capacity', launches: 5 } },
      ],
      untilMs: 120_000,
    });

    assert.ok(run.some((one) => one.type === 'placement-failed' && one.missing === 1 && one.at === 1000));
    assert.deepEqual(replacements(run), [{ taskId: 'task-2', replaces: 'task-1', at: 96_000 }]);
  });

  it('tasks that never reach RUNNING are started again ever more slowly (ECS service throttle logic)', () => {
    const run = drive({
      config: { desiredCount: 1 },
      containers: { startMs: 1000, crashMs: -500 },
      inputs: [],
      untilMs: 60_000,
    });

    const starts = run.flatMap((one) => (one.type === 'start-task' ? [one.at] : []));
    assert.deepEqual(starts, [0, 1500, 4000, 8500, 17_000, 33_500]);
  });

  it('interrupts different tasks for different seeds, the same for the same, and never one that is stopping', () => {
    const interruptedFor = (seed: number): string => {
      const run = drive({
        config: { seed, desiredCount: 8 },
        inputs: [1000, 1200].map((at) => ({ at, input: { type: 'interrupt-some', count: 2 } })),
        untilMs: 2000,
      });
      const ids = run.flatMap((one) => (one.type === 'task-state-changed' && one.state === 'DEACTIVATING' ? [one.taskId] : []));
      assert.equal(new Set(ids).size, 4);
      return ids.join();
    };

    assert.equal(interruptedFor(7), interruptedFor(7));
    assert.ok(new Set([1, 2, 3, 4, 5].map(interruptedFor)).size > 1);
  });

  it('takes all tasks at once when told so, and replaces them all', () => {
    const run = drive({ inputs: [{ at: 1000, input: { type: 'interrupt-some', count: 'all' } }], untilMs: 60_000 });

    assert.equal(runningWanted(run), 3);
    for (const taskId of ['task-1', 'task-2', 'task-3']) {
      assert.notEqual(timeOf(run, taskId, 'SIGTERM'), undefined);
      assert.equal(stateTimes(run, taskId).at(-1)?.[0], 'STOPPED');
    }
  });

  it("replaces a task that fails the health checks of its target group, and stops it only when the replacement runs (ECS: service definition parameters; What's New 2023-10-23)", () => {
    const run = drive({
      containers: { startMs: 4000 },
      inputs: [{ at: 10_000, input: unhealthy('task-2') }],
      untilMs: 120_000,
    });

    assert.deepEqual(replacements(run), [{ taskId: 'task-4', replaces: 'task-2', at: 10_000 }]);
    assert.equal(timeOf(run, 'task-2', 'deregister-target'), 14_000);
    assert.equal(timeOf(run, 'task-2', 'SIGTERM'), 14_000 + CONFIG.deregistrationDelayMs);
    assert.deepEqual(
      run.flatMap((one) => (one.type === 'task-state-changed' && one.state === 'DEACTIVATING' ? [one.reason?.code] : [])),
      ['ServiceSchedulerInitiated'],
    );
    assert.equal(runningWanted(run), 3);
  });

  it('leaves an unhealthy task where it is while Spot has no room for a replacement', () => {
    const run = drive({
      config: { launchesAvailable: 3 },
      inputs: [
        { at: 1000, input: unhealthy('task-1') },
        { at: 50_000, input: { type: 'capacity', launches: 1 } },
      ],
      untilMs: 120_000,
    });

    assert.deepEqual(replacements(run), [{ taskId: 'task-4', replaces: 'task-1', at: 66_000 }]);
    assert.equal(timeOf(run, 'task-1', 'deregister-target'), 66_100);
  });

  for (const replacement of ['at-notice', 'after-stopped'] as const) {
    it(`replaces a task once that is unhealthy, said to be so again and interrupted before its replacement runs (${replacement})`, () => {
      const run = drive({
        config: { replacement },
        containers: { startMs: 5000 },
        inputs: [
          { at: 10_000, input: unhealthy('task-1') },
          { at: 10_500, input: unhealthy('task-1') },
          { at: 11_000, input: { type: 'interrupt', taskIds: ['task-1'] } },
        ],
        untilMs: 120_000,
      });

      assert.deepEqual(replacements(run), [{ taskId: 'task-4', replaces: 'task-1', at: 10_000 }]);
      assert.equal(runningWanted(run), 3);
    });
  }

  it('takes the health of a task that is stopping already for no news', () => {
    const run = drive({
      inputs: [
        { at: 1000, input: { type: 'interrupt', taskIds: ['task-1'] } },
        { at: 2000, input: unhealthy('task-1') },
      ],
      untilMs: 60_000,
    });

    assert.equal(replacements(run).length, 1);
  });
});

function unhealthy(taskId: string): WorldInput {
  return { type: 'target-health', targetGroup: 'app', taskId, health: 'unhealthy' };
}

function replacements(run: readonly Happening[]): readonly { readonly taskId: string; readonly replaces: string; readonly at: number }[] {
  return run.flatMap((one) =>
    one.type === 'start-task' && one.replaces !== undefined ? [{ taskId: one.taskId, replaces: one.replaces, at: one.at }] : [],
  );
}
