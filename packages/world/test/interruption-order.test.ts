import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deliveryProfile, maxLatenessMs } from '@spotproof/world';
import { drive, ofTask, timeOf, type Containers, type Happening, type OneService } from './support/drive.ts';

describe('a Spot interruption under the profiles', () => {
  it('current: the target is deregistered 0 to 1 s before SIGTERM (AWS What is New, 2023-02-13)', () => {
    const leads = overSeeds({ deregistration: { kind: 'profile', profile: 'current' } }, (run) => sigtermAt(run) - deregisteredAt(run));

    assert.ok(
      leads.every((lead) => lead >= 0 && lead <= 1000),
      `leads: ${leads.join()}`,
    );
    assert.ok(Math.max(...leads) > 800 && Math.min(...leads) < 200, 'the whole range is drawn');
  });

  it('late: deregistered 0 to 10 s after SIGTERM with a stop timeout of 30 s (containers-roadmap #797, #2673)', () => {
    const delays = overSeeds({ deregistration: { kind: 'profile', profile: 'late' } }, (run) => deregisteredAt(run) - sigtermAt(run));

    assert.ok(
      delays.every((delay) => delay >= 0 && delay <= 10_000),
      `delays: ${delays.join()}`,
    );
    assert.ok(Math.max(...delays) > 8000 && Math.min(...delays) < 2000, 'the whole range is drawn');
  });

  it('late: up to 60 s after SIGTERM with a stop timeout of 120 s', () => {
    const delays = overSeeds(
      { deregistration: { kind: 'profile', profile: 'late' }, stopTimeoutMs: 120_000 },
      (run) => deregisteredAt(run) - sigtermAt(run),
    );

    assert.ok(
      delays.every((delay) => delay >= 0 && delay <= 60_000),
      `delays: ${delays.join()}`,
    );
    assert.ok(Math.max(...delays) > 48_000, 'the whole range is drawn');
  });

  it('event-late: deregistered as late as in `late`, and the event comes later than SIGTERM (containers-roadmap #2673)', () => {
    const profiles = (['late', 'event-late'] as const).map((profile) =>
      overSeeds({ deregistration: { kind: 'profile', profile } }, (run) => deregisteredAt(run) - sigtermAt(run)),
    );

    assert.deepEqual(profiles[1], profiles[0]);
    assert.ok(deliveryProfile('event-late', 1).delayMs[0] > 0, 'SIGTERM is sent at the notice');
  });

  it('late: the bound lies on straight lines through 30 s and 120 s', () => {
    assert.deepEqual([15_000, 30_000, 75_000, 120_000, 600_000].map(maxLatenessMs), [5000, 10_000, 35_000, 60_000, 60_000]);
  });

  it('late: a task that has exited stays registered until the drawn time', () => {
    const run = interruptOne({ deregistration: { kind: 'after-sigterm', delayMs: 4000 } }, { exitMs: 100 });

    assert.equal(deregisteredAt(run) - sigtermAt(run), 4000);
  });

  it('worst: the target stays registered until the task is STOPPED (re:Post Knowledge Center, Spot termination notice)', () => {
    const run = interruptOne(
      {
        deregistration: { kind: 'profile', profile: 'worst' },
        delays: { provisioningMs: [0, 0], pendingMs: [0, 0], deprovisioningMs: [2000, 2000] },
      },
      { exitMs: 700 },
    );

    const stoppedAt = ofTask(run, 'task-1').find((one) => one.type === 'task-state-changed' && one.state === 'STOPPED')?.at;
    assert.equal(stoppedAt, sigtermAt(run) + 700 + 2000);
    assert.equal(deregisteredAt(run), stoppedAt);
  });

  it('never: nobody deregisters the target, not even at STOPPED', () => {
    const run = interruptOne({ deregistration: { kind: 'never' } }, { exitMs: 700 });

    assert.equal(timeOf(run, 'task-1', 'deregister-target'), undefined);
  });

  it('a negative delay deregisters first and sends SIGTERM that much later, as an ordinary stop does', () => {
    const run = interruptOne({ deregistration: { kind: 'after-sigterm', delayMs: -10_000 } }, {});

    assert.equal(sigtermAt(run) - deregisteredAt(run), 10_000);
  });

  it('each node learns of a deregistration after a lag of its own, from 0 to the maximum', () => {
    const lags = overSeeds({ nodes: 3, maxNodeLagMs: 5000 }, (run) => lagsOf(run)).flat();

    assert.ok(lags.every((lag) => lag >= 0 && lag <= 5000));
    assert.ok(new Set(lags).size > 50, 'nodes do not share one lag');
    assert.deepEqual(lagsOf(interruptOne({ nodes: 3, maxNodeLagMs: 0 }, {})), [0, 0, 0]);
  });

  it('one notice deregisters once and sends one SIGTERM, however often it is repeated', () => {
    const notice = { type: 'interrupt', taskIds: ['task-1', 'task-1'] } as const;
    const run = drive({ containers: { exitMs: 5000 }, inputs: [1000, 1001, 4000].map((at) => ({ at, input: notice })), untilMs: 60_000 });

    const kinds = ofTask(run, 'task-1').map((one) => one.type);
    assert.equal(kinds.filter((kind) => kind === 'send-signal').length, 1);
    assert.equal(kinds.filter((kind) => kind === 'deregister-target').length, 1);
  });
});

function interruptOne(config: Partial<OneService>, containers: Partial<Containers>): readonly Happening[] {
  return drive({ config, containers, inputs: [{ at: 1000, input: { type: 'interrupt', taskIds: ['task-1'] } }], untilMs: 300_000 });
}

function overSeeds<Value>(config: Partial<OneService>, measure: (run: readonly Happening[]) => Value): readonly Value[] {
  return Array.from({ length: 60 }, (_, seed) => measure(interruptOne({ ...config, seed }, { exitMs: undefined })));
}

function sigtermAt(run: readonly Happening[]): number {
  const at = timeOf(run, 'task-1', 'SIGTERM');
  assert.ok(at !== undefined, 'SIGTERM was sent');
  return at;
}

function deregisteredAt(run: readonly Happening[]): number {
  const at = timeOf(run, 'task-1', 'deregister-target');
  assert.ok(at !== undefined, 'the target was deregistered');
  return at;
}

function lagsOf(run: readonly Happening[]): readonly number[] {
  return run.flatMap((one) => (one.type === 'deregister-target' ? one.lagMs : []));
}
