import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLaterState, type Deregistration, type TaskState, type WorldInput } from '@spotproof/world';
import fc from 'fast-check';
import { drive, type Containers, type Happening, type OneService } from './support/drive.ts';

// `npm run soak -- world` asks for more.
fc.configureGlobal({ numRuns: Number(process.env['SPOTPROOF_WORLD_RUNS'] ?? 100) });

describe('every world, whatever happens to it', () => {
  it('does the same again for the same seed and inputs', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        assert.deepEqual(drive(story), drive(story));
      }),
    );
  });

  it('moves tasks forward only', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const last = new Map<string, TaskState>();
        for (const one of drive(story)) {
          if (one.type !== 'task-state-changed') continue;
          const before = last.get(one.taskId);
          assert.ok(
            before === undefined ? one.state === 'PROVISIONING' : isLaterState(one.state, before),
            `${one.taskId}: ${before} to ${one.state}`,
          );
          last.set(one.taskId, one.state);
        }
      }),
    );
  });

  it('never sends SIGKILL before the stop timeout after SIGTERM, nor without SIGTERM, nor anything after the exit', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const sigtermAt = new Map<string, number>();
        const ended = new Set<string>();
        for (const one of drive(story)) {
          if (one.type === 'task-state-changed' && one.state === 'DEPROVISIONING') ended.add(one.taskId);
          if (one.type !== 'send-signal') continue;
          assert.ok(!ended.has(one.taskId), 'signalled after its end');
          if (one.signal === 'SIGTERM') sigtermAt.set(one.taskId, one.at);
          else assert.ok(one.at - (sigtermAt.get(one.taskId) ?? Number.NaN) >= story.config.stopTimeoutMs, 'SIGKILL came early');
        }
      }),
    );
  });

  it('never wants more tasks than desired, nor replaces one task twice', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const wanted = new Set<string>();
        const replaced = new Set<string>();
        for (const one of drive(story)) {
          if (one.type === 'start-task' && one.replaces !== undefined) {
            assert.ok(!replaced.has(one.replaces), `${one.replaces} was replaced twice`);
            replaced.add(one.replaces);
          }
          if (one.type !== 'task-state-changed') continue;
          if (one.reason === undefined) wanted.add(one.taskId);
          else wanted.delete(one.taskId);
          assert.ok(wanted.size <= story.config.desiredCount, `${wanted.size} tasks wanted, ${story.config.desiredCount} desired`);
        }
      }),
    );
  });

  it('brings every task that was told to stop to STOPPED, and has its target deregistered exactly once unless nobody ever does', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const run = drive(story);
        for (const [taskId, happenings] of byTask(run)) {
          const stops = happenings.filter((one) => one.type === 'task-state-changed' && one.reason !== undefined);
          const first = stops[0];
          // What began shortly before the end of the story may still be under way.
          if (first === undefined || first.at > story.untilMs - 200_000) continue;
          assert.ok(
            happenings.some((one) => one.type === 'task-state-changed' && one.state === 'STOPPED'),
            `${taskId} never stopped`,
          );
          const registered = happenings.filter((one) => one.type === 'register-target').length;
          const deregistered = happenings.filter((one) => one.type === 'deregister-target').length;
          assert.ok(registered <= 1 && deregistered <= registered);
          if (story.config.deregistration.kind !== 'never') assert.equal(deregistered, registered);
        }
      }),
    );
  });

  it('has its desired count running again once nothing happens any more and there is capacity', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        fc.pre(story.containers.crashMs === undefined);
        const last = { at: 900_000, input: { type: 'capacity', launches: undefined } } as const;
        const running = new Set<string>();
        for (const one of drive({ ...story, inputs: [...story.inputs, last], untilMs: 4_000_000 })) {
          if (one.type !== 'task-state-changed') continue;
          if (one.state === 'RUNNING') running.add(one.taskId);
          else running.delete(one.taskId);
        }
        assert.equal(running.size, story.config.desiredCount);
      }),
    );
  });
});

interface Story {
  readonly config: OneService;
  readonly containers: Containers;
  readonly inputs: readonly { readonly at: number; readonly input: WorldInput }[];
  readonly untilMs: number;
}

const anyDeregistration: fc.Arbitrary<Deregistration> = fc.oneof(
  fc.constantFrom('current', 'late', 'worst').map((profile) => ({ kind: 'profile', profile }) as const),
  fc.integer({ min: -20_000, max: 60_000 }).map((delayMs) => ({ kind: 'after-sigterm', delayMs }) as const),
  fc.constant({ kind: 'never' } as const),
);

const anyRange: fc.Arbitrary<readonly [number, number]> = fc.tuple(fc.nat(5000), fc.nat(5000)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);

const anyConfig: fc.Arbitrary<OneService> = fc.record({
  seed: fc.nat(),
  desiredCount: fc.nat(6),
  nodes: fc.integer({ min: 1, max: 3 }),
  stopTimeoutMs: fc.integer({ min: 2000, max: 120_000 }),
  deregistrationDelayMs: fc.nat(30_000),
  deregistration: anyDeregistration,
  maxNodeLagMs: fc.nat(5000),
  replacement: fc.constantFrom('at-notice', 'after-stopped'),
  launchesAvailable: fc.option(fc.nat(10), { nil: undefined }),
  delays: fc.record({ provisioningMs: anyRange, pendingMs: anyRange, deprovisioningMs: anyRange }),
});

const anyTaskId = fc.integer({ min: 1, max: 12 }).map((number) => `task-${number}`);

const anyInput: fc.Arbitrary<WorldInput> = fc.oneof(
  fc.record({ type: fc.constant('interrupt-some' as const), count: fc.oneof(fc.nat(4), fc.constant('all' as const)) }),
  fc.record({ type: fc.constant('interrupt' as const), taskIds: fc.array(anyTaskId, { maxLength: 3 }) }),
  fc.record({
    type: fc.constant('stop' as const),
    taskIds: fc.array(anyTaskId, { maxLength: 3 }),
    code: fc.constantFrom('UserInitiated' as const, 'ServiceSchedulerInitiated' as const),
  }),
  fc.record({ type: fc.constant('task-exited' as const), taskId: anyTaskId }),
  fc.record({ type: fc.constant('task-started' as const), taskId: anyTaskId }),
  fc.record({ type: fc.constant('capacity' as const), launches: fc.option(fc.nat(10), { nil: undefined }) }),
  fc.constant({ type: 'tick' as const }),
);

const anyStory: fc.Arbitrary<Story> = fc.record({
  config: anyConfig,
  containers: fc.record({
    startMs: fc.nat(3000),
    exitMs: fc.option(fc.nat(130_000), { nil: undefined }),
    crashMs: fc.option(fc.integer({ min: 20_000, max: 100_000 }), { nil: undefined }),
  }),
  inputs: fc.array(fc.record({ at: fc.nat(300_000), input: anyInput }), { maxLength: 12 }),
  untilMs: fc.constant(600_000),
});

function byTask(run: readonly Happening[]): ReadonlyMap<string, readonly Happening[]> {
  const groups = new Map<string, Happening[]>();
  for (const one of run) {
    if (!('taskId' in one)) continue;
    const group = groups.get(one.taskId) ?? [];
    group.push(one);
    groups.set(one.taskId, group);
  }
  return groups;
}
