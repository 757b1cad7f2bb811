import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  countService,
  describeService,
  getTask,
  isTaskOver,
  listTasks,
  nextWakeAt,
  splitByStrategy,
  strategyProblem,
  type CapacityProviderStrategyItem,
  type DeploymentConfiguration,
  type WorldInput,
} from '@spotproof/world';
import fc from 'fast-check';
import { Cloud, service } from './support/cloud.ts';

// `npm run soak -- world` asks for more.
fc.configureGlobal({ numRuns: Number(process.env['SPOTPROOF_WORLD_RUNS'] ?? 100) });

describe('a cloud of services, whatever happens to it', () => {
  it('does the same again for the same seed and inputs', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        assert.deepEqual(play(history).happenings, play(history).happenings);
      }),
    );
  });

  it('counts every task in exactly one place: pending, running and stopping are all there is', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        play(history, (cloud) => {
          const counts = countService(cloud.world, 'web');
          if (counts === undefined) return;
          const wanted = listTasks(cloud.world, { service: 'web' }).length;
          const stopping = listTasks(cloud.world, { service: 'web', desiredStatus: 'STOPPED' }).filter((id) => !isOver(cloud, id)).length;
          assert.deepEqual({ wanted: counts.pending + counts.running, stopping: counts.stopping }, { wanted, stopping });
          assert.ok(counts.healthy <= counts.running);
          for (const value of Object.values(counts)) if (typeof value === 'number') assert.ok(value >= 0);
        });
      }),
    );
  });

  it('starts no task above maximumPercent of the desired count, and counts those that are stopping in a deployment', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        let before = 0;
        play(history, (cloud) => {
          const counts = countService(cloud.world, 'web');
          const found = describeService(cloud.world, 'web');
          const started = cloud.ofType('task-state-changed').filter((one) => one.state === 'PROVISIONING').length;
          const hasStarted = started > before;
          before = started;
          if (counts === undefined || found === undefined || !hasStarted) return;
          const most = Math.floor((counts.desired * (found.deploymentConfiguration.maximumPercent ?? 200)) / 100);
          const stopping = found.deployments.some(({ rolloutState }) => rolloutState === 'IN_PROGRESS') ? counts.stopping : 0;
          assert.ok(counts.pending + counts.running + stopping <= most, `${counts.pending} + ${counts.running} + ${stopping}, at most ${most}`);
        });
      }),
    );
  });

  it('is short of no task that it may start: running and starting make up the desired count, but for what maximumPercent forbids', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        fc.pre(history.replacement === 'at-notice' && history.inputs.every(({ input }) => input.type !== 'capacity'));
        play(history, (cloud) => {
          const counts = countService(cloud.world, 'web');
          const found = describeService(cloud.world, 'web');
          if (counts === undefined || found === undefined) return;
          const { desired, running, pending, stopping } = counts;
          const most = Math.floor((desired * (found.deploymentConfiguration.maximumPercent ?? 200)) / 100);
          const isFull = found.deployments.some(({ rolloutState }) => rolloutState === 'IN_PROGRESS') && running + pending + stopping >= most;
          assert.ok(running + pending >= desired || isFull, `${running} + ${pending} of ${desired}, ${stopping} stopping, at most ${most}`);
        });
      }),
    );
  });

  it('never makes a deployment the cause of fewer healthy tasks than minimumHealthyPercent', () => {
    fc.assert(
      fc.property(harmlessHistory, (history) => {
        let healthy = 0;
        play(history, (cloud) => {
          const counts = countService(cloud.world, 'web');
          const found = describeService(cloud.world, 'web');
          if (counts === undefined || found === undefined) return;
          const least = Math.ceil((counts.desired * (found.deploymentConfiguration.minimumHealthyPercent ?? 100)) / 100);
          if (counts.healthy < healthy) assert.ok(counts.healthy >= Math.min(least, counts.desired), `${counts.healthy} healthy, at least ${least}`);
          healthy = counts.healthy;
        });
      }),
    );
  });

  it('ends with its desired count healthy, split by its strategy, once nothing happens any more and there is capacity', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const cloud = play(history);
        const [wanted, { minimumHealthyPercent = 100, maximumPercent = 200 }] = [countService(cloud.world, 'web')?.desired ?? 0, history.deployment];
        // Nothing can start before anything stops, and nothing may stop: such a rollout stands still for ever.
        fc.pre(wanted === 0 || Math.floor((wanted * maximumPercent) / 100) > Math.ceil((wanted * minimumHealthyPercent) / 100));
        for (const provider of ['FARGATE', 'FARGATE_SPOT'] as const) cloud.give({ type: 'capacity', provider, launches: undefined });
        for (const taskId of listTasks(cloud.world)) cloud.give({ type: 'protect-tasks', taskIds: [taskId], enabled: false });
        for (const taskId of listTasks(cloud.world)) cloud.give({ type: 'target-health', targetGroup: 'web', taskId, health: 'healthy' });
        cloud.until(cloud.now + 3 * 3_600_000);

        const counts = countService(cloud.world, 'web');
        const found = describeService(cloud.world, 'web');
        assert.ok(counts !== undefined && found !== undefined);
        assert.deepEqual(
          {
            running: counts.running,
            healthy: counts.healthy,
            pending: counts.pending,
            stopping: counts.stopping,
            deployments: found.deployments.length,
          },
          { running: counts.desired, healthy: counts.desired, pending: 0, stopping: 0, deployments: 1 },
        );
        for (const { desired, running } of counts.byProvider) assert.equal(running, desired);
        assert.equal(found.deployments[0]?.rolloutState, 'COMPLETED');
      }),
    );
  });

  it('takes an input that is given twice as given once, unless it is a new order of its own', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        assert.deepEqual(withoutRejections(play({ ...history, doubles: true })), withoutRejections(play(history)));
      }),
    );
  });
});

describe('a capacity provider strategy', () => {
  it('is split so that the parts make up the desired count, the base is served first and nobody is more than one task from its share', () => {
    fc.assert(
      fc.property(anyStrategy, fc.nat(3000), (strategy, desiredCount) => {
        const shares = splitByStrategy(strategy, desiredCount);

        assert.equal(
          shares.reduce((sum, { count }) => sum + count, 0),
          desiredCount,
        );
        const base = strategy.reduce((sum, item) => sum + (item.base ?? 0), 0);
        const total = strategy.reduce((sum, item) => sum + (item.weight ?? 0), 0);
        strategy.forEach((item, index) => {
          const exact = Math.max(0, desiredCount - base) * ((item.weight ?? 0) / total);
          const above = (shares[index]?.count ?? 0) - Math.min(item.base ?? 0, desiredCount);
          assert.ok(Math.abs(above - exact) < 1.000_001, `${above} above the base, ${exact} by weight`);
        });
      }),
    );
  });
});

interface History {
  readonly seed: number;
  readonly desiredCount: number;
  readonly strategy: readonly CapacityProviderStrategyItem[];
  readonly deployment: DeploymentConfiguration;
  readonly replacement: 'at-notice' | 'after-stopped';
  readonly healthyAfterMs: number;
  readonly inputs: readonly { readonly at: number; readonly input: WorldInput }[];
  /** Gives every input twice that may come twice. */
  readonly doubles?: boolean;
}

function play(history: History, look: (cloud: Cloud) => void = () => undefined): Cloud {
  const cloud = new Cloud({
    seed: history.seed,
    replacement: history.replacement,
    containers: { startMs: [1000, 20_000], exitMs: [100, 8000] },
    healthyAfterMs: [0, history.healthyAfterMs],
    delays: { provisioningMs: [0, 3000], pendingMs: [0, 1000], deprovisioningMs: [500, 2000] },
    scheduler: { rebalanceAfterMs: 20_000 },
  });
  cloud.give({
    type: 'create-service',
    service: service({
      desiredCount: history.desiredCount,
      capacityProviderStrategy: history.strategy,
      deploymentConfiguration: history.deployment,
    }),
  });
  look(cloud);
  const pending = history.inputs.toSorted((a, b) => a.at - b.at);
  for (;;) {
    const next = pending[0];
    const wakeAt = nextWakeAt(cloud.world) ?? Number.POSITIVE_INFINITY;
    const at = Math.min(wakeAt, next?.at ?? Number.POSITIVE_INFINITY);
    if (at > END_MS) return cloud;
    cloud.now = at;
    if (next !== undefined && next.at === at) {
      pending.shift();
      const again = history.doubles === true ? repeated(cloud, next.input) : undefined;
      cloud.give(next.input);
      if (again !== undefined) cloud.give(again);
    } else cloud.give({ type: 'tick' });
    look(cloud);
  }
}

const END_MS = 400_000;

const anyStrategy: fc.Arbitrary<readonly CapacityProviderStrategyItem[]> = fc
  .tuple(fc.record({ weight: fc.nat(5), base: fc.nat(3) }), fc.record({ weight: fc.nat(5), base: fc.nat(3) }), fc.boolean())
  .map(([onDemand, spot, isBaseOnSpot]): readonly CapacityProviderStrategyItem[] => [
    { capacityProvider: 'FARGATE', weight: onDemand.weight, ...(isBaseOnSpot ? {} : { base: onDemand.base }) },
    { capacityProvider: 'FARGATE_SPOT', weight: spot.weight, ...(isBaseOnSpot ? { base: spot.base } : {}) },
  ])
  .filter((strategy) => strategyProblem(strategy, ['FARGATE', 'FARGATE_SPOT']) === undefined);

const anyDeployment: fc.Arbitrary<DeploymentConfiguration> = fc
  .record({ minimumHealthyPercent: fc.constantFrom(0, 34, 50, 100), maximumPercent: fc.constantFrom(100, 150, 200, 300) })
  .filter(({ minimumHealthyPercent, maximumPercent }) => minimumHealthyPercent < maximumPercent);

const anyTaskIds = fc.array(
  fc.integer({ min: 1, max: 14 }).map((number) => `task-${number}`),
  { maxLength: 3 },
);

const anyUpdate: fc.Arbitrary<WorldInput> = fc
  .record({ desiredCount: fc.nat(9), deploys: fc.boolean(), revision: fc.nat(3) })
  .map(({ desiredCount, deploys, revision }) => ({
    type: 'update-service',
    service: 'web',
    changes: { desiredCount, ...(deploys ? { taskDefinition: { name: `web:${revision + 2}`, stopTimeoutMs: 10_000 } } : {}) },
  }));

/** What takes no healthy task away by itself. */
const harmlessInput: fc.Arbitrary<WorldInput> = fc.oneof(
  anyUpdate,
  fc.record({
    type: fc.constant('capacity' as const),
    launches: fc.option(fc.nat(5), { nil: undefined }),
    zone: fc.constantFrom('us-east-1a', 'us-east-1b'),
  }),
);

const anyInput: fc.Arbitrary<WorldInput> = fc.oneof(
  { weight: 3, arbitrary: harmlessInput },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('protect-tasks' as const), taskIds: anyTaskIds, enabled: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('interrupt-some' as const), count: fc.oneof(fc.nat(4), fc.constant('all' as const)) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('interrupt' as const), taskIds: anyTaskIds }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('reclaim' as const), share: fc.double({ min: 0, max: 1, noNaN: true }), withinMs: fc.nat(60_000) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stop' as const), taskIds: anyTaskIds, code: fc.constant('UserInitiated' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('target-health' as const),
      targetGroup: fc.constant('web'),
      taskId: fc.integer({ min: 1, max: 14 }).map((number) => `task-${number}`),
      health: fc.constantFrom('healthy' as const, 'unhealthy' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ taskId: fc.integer({ min: 1, max: 9 }), port: fc.constantFrom(8080, 80) })
      .map(({ taskId, port }): WorldInput => ({ type: 'deregister-targets', targetGroup: 'web', targets: [{ taskId: `task-${taskId}`, port }] })),
  },
);

const historyOf = (input: fc.Arbitrary<WorldInput>, strategy: fc.Arbitrary<readonly CapacityProviderStrategyItem[]>): fc.Arbitrary<History> =>
  fc.record({
    seed: fc.nat(),
    desiredCount: fc.nat(9),
    strategy,
    deployment: anyDeployment,
    replacement: fc.constantFrom('at-notice' as const, 'after-stopped' as const),
    healthyAfterMs: fc.nat(15_000),
    inputs: fc.array(fc.record({ at: fc.nat(300_000), input }), { maxLength: 12 }),
  });

const anyHistory = historyOf(anyInput, anyStrategy);
/** On one provider: with two, scale-in keeps to the shares, and may take a healthy task of the one while that of the other is still starting. */
const harmlessHistory = historyOf(harmlessInput, fc.constant([{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]));

/** The same news once more, where it says what is or is to be. A task that the first one has brought about is not in it. */
function repeated(cloud: Cloud, input: WorldInput): WorldInput | undefined {
  if (input.type === 'interrupt' || input.type === 'stop')
    return { ...input, taskIds: input.taskIds.filter((id) => getTask(cloud.world, id) !== undefined) };
  const mayRepeat = ['capacity', 'target-health', 'update-service', 'deregister-targets'].includes(input.type);
  return mayRepeat ? input : undefined;
}

function withoutRejections(cloud: Cloud): readonly unknown[] {
  return cloud.happenings.filter((one) => one.type !== 'rejected' && one.type !== 'event');
}

function isOver(cloud: Cloud, taskId: string): boolean {
  return isTaskOver(cloud.world, taskId);
}
