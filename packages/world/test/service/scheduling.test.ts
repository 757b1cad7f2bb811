import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countService, describeService, describeTask, listTasks, type World } from '@spotproof/world';
import { Cloud } from '../support/cloud.ts';

describe('an interruption', () => {
  // re:Post Knowledge Center, fargate-spot-termination-notice: without capacity, the tasks end at their stop timeout all the same.
  it('is not put off by minimumHealthyPercent', () => {
    const cloud = new Cloud({ containers: { startMs: [1000, 1000], exitMs: 'never' } });
    cloud.settled({ deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 } });
    cloud.give({ type: 'capacity', launches: 0 });
    const since = cloud.now;
    cloud.give({ type: 'interrupt-some', count: 'all' });
    cloud.until(since + 60_000);

    const kills = cloud.ofType('send-signal', since).filter(({ signal }) => signal === 'SIGKILL');
    assert.equal(kills.length, 4);
    assert.ok(kills.every(({ at }) => at <= since + 31_000));
    assert.equal(countService(cloud.world, 'web')?.running, 0);
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html: the scheduler launches additional tasks by itself.
  it('leaves the desired count as it is, and is made good by the scheduler alone', () => {
    const cloud = new Cloud().settled();
    cloud.give({ type: 'interrupt-some', count: 3 });
    const during = countService(cloud.world, 'web');
    cloud.until(cloud.now + 60_000);

    assert.deepEqual([during?.desired, during?.running, during?.pending], [4, 1, 3]);
    assert.deepEqual([countService(cloud.world, 'web')?.desired, countService(cloud.world, 'web')?.running], [4, 4]);
  });

  it('begins no deployment', () => {
    const cloud = new Cloud().settled();
    cloud.give({ type: 'interrupt-some', count: 'all' });

    assert.deepEqual(
      describeService(cloud.world, 'web')?.deployments.map(({ rolloutState }) => rolloutState),
      ['COMPLETED'],
    );
  });
});

describe('scale-in', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html: the scheduler keeps the zones balanced when it stops tasks.
  it('takes tasks where there are most, so that the zones stay even', () => {
    const cloud = new Cloud().settled({ desiredCount: 9 });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 3 } });
    cloud.until(cloud.now + 60_000);

    assert.deepEqual(zonesOf(cloud.world), [1, 1, 1]);
  });

  it('takes from each provider what its share has become', () => {
    const cloud = new Cloud().settled({
      desiredCount: 10,
      capacityProviderStrategy: [
        { capacityProvider: 'FARGATE', base: 2, weight: 1 },
        { capacityProvider: 'FARGATE_SPOT', weight: 3 },
      ],
    });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 6 } });
    cloud.until(cloud.now + 60_000);

    assert.deepEqual(
      countService(cloud.world, 'web')?.byProvider.map(({ running }) => running),
      [3, 3],
    );
  });

  it('takes tasks that do not run yet before those that do', () => {
    const cloud = new Cloud({ containers: 'driven' }).settled({ desiredCount: 4 });
    cloud.give({ type: 'task-started', taskId: 'task-1' });
    cloud.give({ type: 'task-started', taskId: 'task-3' });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 2 } });

    assert.deepEqual(listTasks(cloud.world), ['task-1', 'task-3']);
  });

  it('takes tasks that have not passed their health checks yet before those that have', () => {
    const cloud = new Cloud({ healthyAfterMs: 'told' }).settled({ desiredCount: 4 });
    for (const taskId of ['task-1', 'task-4']) cloud.give({ type: 'target-health', targetGroup: 'web', taskId, health: 'healthy' });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 2 } });

    assert.deepEqual(listTasks(cloud.world), ['task-1', 'task-4']);
  });

  it('deregisters, waits for the deregistration delay and only then sends SIGTERM', () => {
    const cloud = new Cloud().settled({ desiredCount: 2 });
    const since = cloud.now;
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 1 } });
    cloud.until(since + 60_000);

    assert.deepEqual(
      cloud.ofType('deregister-target', since).map(({ at }) => at - since),
      [0],
    );
    assert.deepEqual(
      cloud.ofType('send-signal', since).map(({ at }) => at - since),
      [10_000],
    );
  });
});

describe('task scale-in protection', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
  it('keeps a task from scale-in, which takes others', () => {
    const cloud = new Cloud().settled({ desiredCount: 4 });
    cloud.give({ type: 'protect-tasks', taskIds: ['task-1', 'task-3'], enabled: true });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 2 } });

    assert.deepEqual(listTasks(cloud.world), ['task-1', 'task-3']);
  });

  it('keeps a task from a deployment, which waits until the protection is over: two hours unless given', () => {
    const cloud = new Cloud().settled({ desiredCount: 2 });
    const since = cloud.now;
    cloud.give({ type: 'protect-tasks', taskIds: ['task-1'], enabled: true });
    cloud.give({ type: 'update-service', service: 'web', changes: { forceNewDeployment: true } });
    cloud.until(since + 120 * 60_000 - 1);
    const before = [describeTask(cloud.world, 'task-1')?.desiredStatus, describeService(cloud.world, 'web')?.deployments.length];
    cloud.until(since + 121 * 60_000);

    assert.deepEqual(before, ['RUNNING', 2]);
    assert.deepEqual([describeTask(cloud.world, 'task-1')?.desiredStatus, describeService(cloud.world, 'web')?.deployments.length], ['STOPPED', 1]);
  });

  it('does not keep a task from a Spot interruption, nor from StopTask, nor from failing its health checks', () => {
    const cloud = new Cloud().settled({ desiredCount: 3 });
    cloud.give({ type: 'protect-tasks', taskIds: ['task-1', 'task-2', 'task-3'], enabled: true });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    cloud.give({ type: 'stop', taskIds: ['task-2'], code: 'UserInitiated' });
    cloud.give({ type: 'target-health', targetGroup: 'web', taskId: 'task-3', health: 'unhealthy' });
    cloud.until(cloud.now + 60_000);

    assert.deepEqual(
      ['task-1', 'task-2', 'task-3'].map((taskId) => describeTask(cloud.world, taskId)?.stopCode),
      ['SpotInterruption', 'UserInitiated', 'ServiceSchedulerInitiated'],
    );
  });

  it('is DEPLOYMENT_BLOCKED for more tasks than are desired, and TASK_NOT_VALID for one without a service', () => {
    const cloud = new Cloud().settled({ desiredCount: 2 });
    cloud.give({ type: 'protect-tasks', taskIds: ['task-1', 'task-2'], enabled: true });
    cloud.give({ type: 'update-service', service: 'web', changes: { forceNewDeployment: true } });
    cloud.until(cloud.now + 60_000);
    cloud.give({ type: 'run-tasks', count: 1, taskDefinition: { name: 'job:1', stopTimeoutMs: 2000 }, provider: 'FARGATE' });
    const codeOf = (taskId: string): string | undefined => {
      const [effect] = cloud.give({ type: 'protect-tasks', taskIds: [taskId], enabled: true });
      return effect?.type === 'rejected' ? effect.code : undefined;
    };

    assert.deepEqual([codeOf('task-3'), codeOf('task-5')], ['DEPLOYMENT_BLOCKED', 'TASK_NOT_VALID']);
  });

  it('lasts from 1 to 2880 minutes', () => {
    const cloud = new Cloud().settled();
    const give = (expiresInMinutes: number): number =>
      cloud.give({ type: 'protect-tasks', taskIds: ['task-1'], enabled: true, expiresInMinutes }).length;

    assert.deepEqual([give(1), give(2880), give(0), give(2881)], [0, 0, 1, 1]);
  });
});

describe('a task that fails its health checks', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html, and What's New of 2023-10-23
  it('is replaced first and stopped when its replacement is healthy', () => {
    const cloud = new Cloud({ healthyAfterMs: [5000, 5000] }).settled();
    const since = cloud.now;
    cloud.give({ type: 'target-health', targetGroup: 'web', taskId: 'task-2', health: 'unhealthy' });
    cloud.until(since + 60_000);

    const stopped = cloud.ofType('task-state-changed', since).find(({ taskId, state }) => taskId === 'task-2' && state === 'DEACTIVATING');
    assert.equal(stopped?.at, since + 6000);
    assert.equal(countService(cloud.world, 'web')?.healthy, 4);
  });

  it('is stopped first where maximumPercent leaves no room, one at a time', () => {
    const cloud = new Cloud().settled({ deploymentConfiguration: { maximumPercent: 100 } });
    const since = cloud.now;
    for (const taskId of ['task-1', 'task-2']) cloud.give({ type: 'target-health', targetGroup: 'web', taskId, health: 'unhealthy' });
    cloud.until(since + 60_000);

    const at = (taskId: string): number | undefined =>
      cloud.ofType('task-state-changed', since).find((one) => one.taskId === taskId && one.state === 'DEACTIVATING')?.at;
    assert.equal(at('task-1'), since);
    assert.ok((at('task-2') ?? 0) > since, 'the second waits');
    assert.equal(countService(cloud.world, 'web')?.healthy, 4);
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html, healthCheckGracePeriodSeconds: default 0
  it('is left alone within the grace period, and replaced when it is over and the task still fails', () => {
    const cloud = new Cloud({ healthyAfterMs: 'told' });
    cloud.settled({ desiredCount: 1, healthCheckGracePeriodSeconds: 300 });
    cloud.give({ type: 'target-health', targetGroup: 'web', taskId: 'task-1', health: 'unhealthy' });
    cloud.until(300_000);
    const before = listTasks(cloud.world);
    cloud.until(302_000);

    assert.deepEqual([before, listTasks(cloud.world)], [['task-1'], ['task-1', 'task-2']]);
  });

  // CreateService, healthCheckGracePeriodSeconds: "If your service has more running tasks than desired, unhealthy tasks in the grace period might be stopped."
  it('within the grace period is the first to go when there are more tasks than desired', () => {
    const cloud = new Cloud({ healthyAfterMs: 'told' });
    cloud.settled({ desiredCount: 2, healthCheckGracePeriodSeconds: 300 });
    cloud.give({ type: 'target-health', targetGroup: 'web', taskId: 'task-1', health: 'healthy' });
    cloud.give({ type: 'target-health', targetGroup: 'web', taskId: 'task-2', health: 'unhealthy' });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 1 } });

    assert.deepEqual(listTasks(cloud.world), ['task-1']);
  });

  it('and then passes them again keeps its place, and the replacement that was starting goes', () => {
    const cloud = new Cloud({ containers: { startMs: [30_000, 30_000], exitMs: [0, 0] } }).settled({ desiredCount: 1 });
    cloud.give({ type: 'target-health', targetGroup: 'web', taskId: 'task-1', health: 'unhealthy' });
    cloud.until(cloud.now + 5000);
    cloud.give({ type: 'target-health', targetGroup: 'web', taskId: 'task-1', health: 'healthy' });
    cloud.until(cloud.now + 60_000);

    assert.deepEqual(listTasks(cloud.world), ['task-1']);
  });
});

describe('a steady state', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html: "reported periodically, you might receive it multiple times"
  it('is told when it is reached, and again and again while it lasts', () => {
    const cloud = new Cloud({ scheduler: { steadyStateEveryMs: 3_600_000 } }).settled();
    cloud.until(3 * 3_600_000);

    assert.deepEqual(cloud.actionTimes('SERVICE_STEADY_STATE'), [1000, 3_601_000, 7_201_000]);
  });

  it('ends with an interruption, is not told while a task is missing, and is told anew', () => {
    const cloud = new Cloud({ scheduler: { steadyStateEveryMs: 60_000 } }).settled();
    cloud.give({ type: 'capacity', launches: 0 });
    cloud.give({ type: 'interrupt-some', count: 1 });
    const since = cloud.now;
    cloud.until(since + 600_000);
    const during = cloud.actionTimes('SERVICE_STEADY_STATE', since + 1);
    cloud.give({ type: 'capacity', launches: undefined });
    cloud.until(cloud.now + 40_000);

    assert.deepEqual(during, []);
    assert.equal(cloud.actionTimes('SERVICE_STEADY_STATE', since + 600_000).length, 1);
  });

  it('names the capacity providers of the strategy', () => {
    const [event] = new Cloud()
      .settled()
      .events('ECS Service Action')
      .filter(({ detail }) => detail.eventName === 'CAPACITY_PROVIDER_STEADY_STATE');

    assert.deepEqual(event?.detail.capacityProviderArns, ['arn:aws:ecs:us-east-1:111122223333:capacity-provider/FARGATE_SPOT']);
  });
});

describe('tasks that never come up', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html
  it('make the scheduler tell SERVICE_TASK_START_IMPAIRED of type WARN, once', () => {
    const cloud = neverUp();

    const told = cloud.events('ECS Service Action').filter(({ detail }) => detail.eventName === 'SERVICE_TASK_START_IMPAIRED');
    assert.deepEqual(
      told.map(({ detail }) => detail.eventType),
      ['WARN'],
    );
  });

  it('slow it down to 27 minutes at most', () => {
    const starts = neverUp()
      .ofType('start-task')
      .map(({ at }) => at);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));

    assert.equal(Math.max(...gaps), 27 * 60_000);
  });

  it('until the service is updated: then the scheduler is as quick as ever', () => {
    const cloud = neverUp();
    const since = cloud.now;
    cloud.give({ type: 'update-service', service: 'web', changes: { forceNewDeployment: true } });

    assert.equal(cloud.ofType('start-task', since).length, 1);
  });

  it('tasks that were RUNNING before they ended do not slow it down', () => {
    const cloud = new Cloud({ containers: 'driven' }).settled({ desiredCount: 1 });
    for (let number = 1; number <= 10; number++) {
      cloud.give({ type: 'task-started', taskId: `task-${number}` });
      cloud.give({ type: 'task-exited', taskId: `task-${number}` });
      cloud.until(cloud.now + 10);
    }

    assert.equal(cloud.ofType('start-task').length, 11);
  });
});

describe('Availability Zone rebalancing', () => {
  /** Even at first; then a zone is in a drought while its tasks are taken, and has capacity again. */
  const unbalanced = (spec: Parameters<Cloud['settled']>[0] = {}): Cloud => {
    const cloud = new Cloud().settled({ desiredCount: 9, ...spec });
    cloud.give({ type: 'capacity', launches: 0, zone: 'us-east-1a' });
    cloud.give({ type: 'reclaim', zone: 'us-east-1a', share: 1, withinMs: 1000 });
    cloud.until(cloud.now + 120_000);
    cloud.give({ type: 'capacity', launches: undefined, zone: 'us-east-1a' });
    return cloud;
  };

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/track-service-rebalancing.html and service-rebalancing.html
  it('starts tasks in the weak zone, then stops as many in the strong ones, and tells of both ends', () => {
    const cloud = unbalanced();
    const [before, since] = [zonesOf(cloud.world), cloud.now];
    cloud.until(since + 1_800_000);

    assert.deepEqual(
      [before, zonesOf(cloud.world)],
      [
        [0, 5, 4],
        [3, 3, 3],
      ],
    );
    assert.equal(cloud.actionTimes('SERVICE_REBALANCING_STARTED').length, 1);
    assert.equal(cloud.actionTimes('SERVICE_REBALANCING_COMPLETED').length, 1);
    const stops = cloud.ofType('task-state-changed', since).filter(({ state }) => state === 'DEACTIVATING');
    assert.deepEqual([...new Set(stops.map(({ reason }) => reason?.code))], ['ServiceSchedulerInitiated']);
  });

  it('never leaves fewer healthy tasks than are desired', () => {
    const cloud = unbalanced();
    const end = cloud.now + 1_800_000;
    let fewest = Number.POSITIVE_INFINITY;
    while (cloud.now < end) fewest = Math.min(fewest, countService(cloud.until(cloud.now + 1000).world, 'web')?.healthy ?? 0);

    assert.equal(fewest, 9);
  });

  it('is on for a service that was created without a value, and off when told so', () => {
    const off = unbalanced({ availabilityZoneRebalancing: 'DISABLED' });
    off.until(off.now + 1_800_000);

    assert.equal(describeService(unbalanced().world, 'web')?.availabilityZoneRebalancing, 'ENABLED');
    assert.deepEqual(zonesOf(off.world), [0, 5, 4]);
  });

  it('does not happen with a maximumPercent of 100', () => {
    const cloud = unbalanced({ deploymentConfiguration: { maximumPercent: 100 } });
    cloud.until(cloud.now + 1_800_000);

    assert.deepEqual(zonesOf(cloud.world), [0, 5, 4]);
  });
});

function neverUp(): Cloud {
  const cloud = new NeverUp({ containers: 'driven' });
  cloud.settled({ desiredCount: 1 });
  return cloud.until(12 * 3_600_000);
}

/** Its containers end before they run. */
class NeverUp extends Cloud {
  override give(input: Parameters<Cloud['give']>[0]): ReturnType<Cloud['give']> {
    const effects = super.give(input);
    for (const effect of effects) if (effect.type === 'start-task') this.give({ type: 'task-exited', taskId: effect.taskId });
    return effects;
  }
}

function zonesOf(world: World): readonly number[] {
  const zones = { 'us-east-1a': 0, 'us-east-1b': 0, 'us-east-1c': 0 };
  for (const taskId of listTasks(world, { service: 'web' })) {
    const zone = describeTask(world, taskId)?.availabilityZone;
    if (zone !== undefined && zone in zones) zones[zone as keyof typeof zones] += 1;
  }
  return Object.values(zones);
}
