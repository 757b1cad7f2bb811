import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { createWorld, NO_DELAYS, step, TASK_STATES, type World } from '@spotproof/world';
import { beginning, CONFIG, drive, ofTask, runningWanted, stateTimes, timeOf, worldOf, type OneService } from './support/drive.ts';

const interruptFirst = { type: 'interrupt', taskIds: ['task-1'] } as const;

describe('the life of a task', () => {
  it('passes through the states of the ECS task lifecycle page in order, with its delays', () => {
    const run = drive({
      config: {
        desiredCount: 1,
        deregistration: { kind: 'after-sigterm', delayMs: -1000 },
        delays: { provisioningMs: [300, 300], pendingMs: [200, 200], deprovisioningMs: [50, 50] },
      },
      containers: { startMs: 100, exitMs: 500 },
      inputs: [{ at: 10_000, input: interruptFirst }],
      untilMs: 60_000,
    });

    const states = stateTimes(run, 'task-1');
    assert.deepEqual(states, [
      ['PROVISIONING', 0],
      ['PENDING', 300],
      ['ACTIVATING', 500],
      ['RUNNING', 600],
      ['DEACTIVATING', 10_000],
      ['STOPPING', 11_000],
      ['DEPROVISIONING', 11_500],
      ['STOPPED', 11_550],
    ]);
    assert.deepEqual(
      states.map(([state]) => state),
      [...TASK_STATES],
    );
  });

  it('SIGKILL follows SIGTERM after the stop timeout when the task does not exit (ECS ContainerDefinition.stopTimeout)', () => {
    const run = drive({ containers: { exitMs: undefined }, inputs: [{ at: 1000, input: interruptFirst }], untilMs: 120_000 });

    const sigtermAt = timeOf(run, 'task-1', 'SIGTERM');
    assert.ok(sigtermAt !== undefined);
    assert.equal(timeOf(run, 'task-1', 'SIGKILL'), sigtermAt + 30_000);
    assert.equal(stateTimes(run, 'task-1').at(-1)?.[0], 'STOPPED');
  });

  it('a task that exits in time is not killed', () => {
    const run = drive({ containers: { exitMs: 29_999 }, inputs: [{ at: 1000, input: interruptFirst }], untilMs: 120_000 });

    assert.equal(timeOf(run, 'task-1', 'SIGKILL'), undefined);
  });

  it('the stop timeout counts from the signal as sent, even when the driver woke late', () => {
    let world = begun({ desiredCount: 1, deregistration: { kind: 'after-sigterm', delayMs: -1000 } });
    ({ world } = step(world, { type: 'task-started', taskId: 'task-1' }, 10));
    ({ world } = step(world, interruptFirst, 1000));
    ({ world } = step(world, { type: 'tick' }, 2700));

    const early = step(world, { type: 'tick' }, 32_699);
    const due = step(early.world, { type: 'tick' }, 32_700);

    assert.deepEqual(early.effects, []);
    assert.deepEqual(due.effects, [{ type: 'send-signal', taskId: 'task-1', signal: 'SIGKILL' }]);
  });

  it('carries the Spot stop reason from DEACTIVATING on (EventBridge task state change, SpotInterruption)', () => {
    const run = drive({ inputs: [{ at: 1000, input: interruptFirst }], untilMs: 60_000 });

    const reasons = ofTask(run, 'task-1').flatMap((one) =>
      one.type === 'task-state-changed' && one.at >= 1000 ? [`${one.state} ${one.reason?.code}`] : [],
    );
    assert.deepEqual(
      reasons,
      ['DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED'].map((state) => `${state} SpotInterruption`),
    );
  });

  it('a task may be taken back before it ran, and is then never signalled (re:Post, SpotInterruption in PROVISIONING)', () => {
    const run = drive({
      config: { delays: { provisioningMs: [5000, 5000], pendingMs: [0, 0], deprovisioningMs: [0, 0] } },
      inputs: [{ at: 1000, input: interruptFirst }],
      untilMs: 60_000,
    });

    assert.deepEqual(
      stateTimes(run, 'task-1').map(([state]) => state),
      ['PROVISIONING', 'DEPROVISIONING', 'STOPPED'],
    );
    assert.equal(timeOf(run, 'task-1', 'SIGTERM'), undefined);
    assert.equal(runningWanted(run), 3);
  });

  it('an ordinary stop deregisters first and sends SIGTERM when the deregistration delay is over (ECS connection draining page)', () => {
    const run = drive({ inputs: [{ at: 1000, input: { type: 'stop', taskIds: ['task-1'], code: 'ServiceSchedulerInitiated' } }], untilMs: 60_000 });

    assert.equal(timeOf(run, 'task-1', 'deregister-target'), 1000);
    assert.equal(timeOf(run, 'task-1', 'SIGTERM'), 21_000);
  });

  it('a task that ends by itself stops with EssentialContainerExited, leaves its target group and is replaced', () => {
    const run = drive({ config: { desiredCount: 1 }, inputs: [{ at: 1000, input: { type: 'task-exited', taskId: 'task-1' } }], untilMs: 5000 });

    const stopped = ofTask(run, 'task-1').find((one) => one.type === 'task-state-changed' && one.state === 'STOPPED');
    assert.equal(stopped?.type === 'task-state-changed' && stopped.reason?.code, 'EssentialContainerExited');
    assert.equal(timeOf(run, 'task-1', 'deregister-target'), 1000);
    assert.equal(timeOf(run, 'task-2', 'register-target'), 1100);
  });

  it('an exit that is told twice counts once', () => {
    const exits = [1000, 1500].map((at) => ({ at, input: { type: 'task-exited', taskId: 'task-1' } as const }));
    const run = drive({ config: { desiredCount: 1, delays: { ...NO_DELAYS, deprovisioningMs: [2000, 2000] } }, inputs: exits, untilMs: 10_000 });

    assert.deepEqual(stateTimes(run, 'task-1').slice(-2), [
      ['DEPROVISIONING', 1000],
      ['STOPPED', 3000],
    ]);
    assert.equal(run.filter((one) => one.type === 'start-task').length, 2);
  });

  it('a world that was stepped already is refused', () => {
    const world = createWorld(worldOf(CONFIG));
    step(world, { type: 'tick' }, 0);

    assert.throws(
      () => step(world, { type: 'tick' }, 1),
      (error) => isSpotproofError(error, 'SPOTPROOF_MISUSE'),
    );
  });

  it('time that goes back is refused', () => {
    const { world } = step(createWorld(worldOf(CONFIG)), { type: 'tick' }, 10);

    assert.throws(
      () => step(world, { type: 'tick' }, 9),
      (error) => isSpotproofError(error, 'SPOTPROOF_MISUSE'),
    );
  });

  it('an option out of range is refused by its name', () => {
    assert.throws(
      () => begun({ stopTimeoutMs: Number.NaN }),
      (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && error.message.includes('stopTimeoutMs'),
    );
  });
});

function begun(config: Partial<OneService>): World {
  const whole = { ...CONFIG, ...config };
  return beginning(whole).reduce((world, input) => step(world, input, 0).world, createWorld(worldOf(whole)));
}
