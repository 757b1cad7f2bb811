import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countService, describeTask, listTasks } from '@spotproof/world';
import { Cloud, service } from '../support/cloud.ts';

const MIXED = [
  { capacityProvider: 'FARGATE', weight: 1 },
  { capacityProvider: 'FARGATE_SPOT', weight: 1 },
] as const;

describe('capacity', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html: "Fargate doesn't replace Spot capacity with on-demand capacity."
  it('Fargate never falls back by itself: the Spot share stays missing, and the On-Demand share is not raised', () => {
    const cloud = new Cloud().settled({ desiredCount: 10, capacityProviderStrategy: MIXED });
    cloud.give({ type: 'capacity', launches: 0 });
    cloud.give({ type: 'interrupt-some', count: 'all' });
    cloud.until(cloud.now + 3_600_000);

    assert.deepEqual(countService(cloud.world, 'web')?.byProvider, [
      { provider: 'FARGATE', desired: 5, running: 5, pending: 0 },
      { provider: 'FARGATE_SPOT', desired: 5, running: 0, pending: 0 },
    ]);
  });

  it('nor the other way: a drought of On-Demand leaves Spot at its own share', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'capacity', provider: 'FARGATE', launches: 0 });
    cloud.settled({ desiredCount: 10, capacityProviderStrategy: MIXED });

    assert.deepEqual(
      countService(cloud.world, 'web')?.byProvider.map(({ running }) => running),
      [0, 5],
    );
  });

  // Same page: "ECS services retry launching tasks until the required capacity becomes available."
  it('after a drought the service comes back to Spot by itself', () => {
    const cloud = new Cloud().settled({ desiredCount: 10 });
    cloud.give({ type: 'capacity', launches: 0 });
    cloud.give({ type: 'interrupt-some', count: 'all' });
    cloud.until(cloud.now + 20 * 60_000);
    const during = countService(cloud.world, 'web')?.running;
    cloud.give({ type: 'capacity', launches: undefined });
    cloud.until(cloud.now + 60_000);

    assert.deepEqual([during, countService(cloud.world, 'web')?.running], [0, 10]);
  });

  it('a scarce pool gives what it has left and no more', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'capacity', launches: 1 });
    cloud.settled({ desiredCount: 10 });

    assert.equal(countService(cloud.world, 'web')?.running, 3, 'one in each of three zones');
  });

  // re:Post Knowledge Center, ecs-fargate-runtask-capacity: capacity is managed by zone, so give several subnets in different zones.
  it('capacity is by zone: with one zone in a drought, the others take its tasks', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'capacity', launches: 0, zone: 'us-east-1a' });
    cloud.settled({ desiredCount: 6, availabilityZoneRebalancing: 'DISABLED' });

    assert.deepEqual(zonesOf(cloud), { 'us-east-1b': 3, 'us-east-1c': 3 });
  });

  it('a service with subnets in one zone has one pool, and nothing when that is empty', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'capacity', launches: 0, zone: 'us-east-1a' });
    cloud.settled({ desiredCount: 6, zones: ['us-east-1a'] });

    assert.equal(countService(cloud.world, 'web')?.running, 0);
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html: "Fargate tasks are spread across Availability Zones."
  it('tasks are spread over the zones', () => {
    assert.deepEqual(zonesOf(new Cloud().settled({ desiredCount: 9 })), { 'us-east-1a': 3, 'us-east-1b': 3, 'us-east-1c': 3 });
  });

  // Service Quotas, Fargate On-Demand vCPU resource count: On-Demand and Spot count apart.
  it('a quota of vCPUs stops On-Demand where it is full, and leaves Spot alone', () => {
    const cloud = new Cloud({ quotas: { FARGATE: 1 } });
    cloud.settled({ desiredCount: 20, capacityProviderStrategy: MIXED, taskDefinition: { name: 'web:1', stopTimeoutMs: 30_000, cpu: '512' } });

    assert.deepEqual(
      countService(cloud.world, 'web')?.byProvider.map(({ running }) => running),
      [2, 10],
    );
  });

  it('a task that has stopped gives its part of the quota back', () => {
    const cloud = new Cloud({ quotas: { FARGATE: 1 } });
    cloud.settled({ desiredCount: 4, launchType: 'FARGATE' });
    cloud.give({ type: 'stop', taskIds: ['task-1'], code: 'UserInitiated' });
    cloud.until(cloud.now + 120_000);

    assert.equal(countService(cloud.world, 'web')?.running, 4);
  });
});

describe('a reclaim', () => {
  it('On-Demand tasks are never taken back', () => {
    const cloud = new Cloud().settled({ desiredCount: 6, launchType: 'FARGATE' });
    cloud.give({ type: 'reclaim', share: 1, withinMs: 60_000 });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    cloud.give({ type: 'interrupt-some', count: 'all' });
    cloud.until(cloud.now + 120_000);

    assert.equal(countService(cloud.world, 'web')?.running, 6);
    assert.equal(cloud.ofType('send-signal').length, 0);
  });

  // Spot-and-Scoot, arXiv 2604.16457: over 92 % of the interruptions that come together in a zone come within three minutes.
  it('of one zone takes the share of its tasks within the time, and leaves the other zones alone', () => {
    const cloud = new Cloud().settled({ desiredCount: 90 });
    const since = cloud.now;
    cloud.give({ type: 'capacity', launches: 0, zone: 'us-east-1b' });
    cloud.give({ type: 'reclaim', zone: 'us-east-1b', share: 0.5, withinMs: 180_000 });
    cloud.until(since + 180_000);

    const taken = cloud
      .ofType('task-state-changed', since)
      .filter(({ state, reason }) => state === 'DEACTIVATING' && reason?.code === 'SpotInterruption');
    assert.equal(taken.length, 15);
    assert.ok(taken.every(({ taskId }) => describeTask(cloud.world, taskId)?.availabilityZone === 'us-east-1b'));
    assert.ok(new Set(taken.map(({ at }) => at)).size > 10, 'they come one by one');
  });

  it('takes tasks that have not started yet as well, and none that start later', () => {
    const cloud = new Cloud({ containers: { startMs: [30_000, 30_000], exitMs: [0, 0] } });
    cloud.give({ type: 'create-service', service: service({ desiredCount: 4 }) });
    cloud.give({ type: 'reclaim', share: 1, withinMs: 10_000 });
    cloud.until(120_000);

    const taken = cloud.ofType('task-state-changed').filter(({ state, reason }) => state === 'STOPPED' && reason?.code === 'SpotInterruption');
    assert.deepEqual(taken.map(({ taskId }) => taskId).toSorted(), ['task-1', 'task-2', 'task-3', 'task-4']);
    assert.equal(countService(cloud.world, 'web')?.running, 4);
  });
});

describe('the launch rate', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html: burst 100 and 20 a second, On-Demand and Spot apart.
  it('100 tasks at once, then 20 a second, on each provider by itself', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'create-service', service: service({ desiredCount: 400, capacityProviderStrategy: MIXED }) });
    const startedBy = (at: number): readonly (number | undefined)[] => {
      cloud.until(at);
      return (countService(cloud.world, 'web')?.byProvider ?? []).map(({ running, pending }) => running + pending);
    };

    assert.deepEqual(startedBy(0), [100, 100]);
    assert.deepEqual(startedBy(1000), [120, 120]);
    assert.deepEqual(startedBy(5000), [200, 200]);
  });

  it('is one for all services of the account', () => {
    const cloud = new Cloud();
    for (const name of ['web', 'api']) cloud.give({ type: 'create-service', service: service({ name, desiredCount: 80 }) });
    const started = (name: string): number => countService(cloud.world, name)?.pending ?? 0;

    assert.deepEqual([started('web'), started('api')], [80, 20]);
    cloud.until(3000);
    assert.equal(countService(cloud.world, 'api')?.running ?? 0, 60, 'those launched in the first two seconds run');
  });
});

describe('a placement failure', () => {
  const drought = (): Cloud => {
    const cloud = new Cloud();
    cloud.give({ type: 'capacity', launches: 0 });
    cloud.give({ type: 'create-service', service: service() });
    return cloud.until(120_000);
  };

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html; its sample has RESOURCE:FARGATE and the provider's ARN.
  it('is told as SERVICE_TASK_PLACEMENT_FAILURE of type ERROR with the provider and RESOURCE:FARGATE', () => {
    const [event] = drought()
      .events('ECS Service Action')
      .filter(({ detail }) => detail.eventName === 'SERVICE_TASK_PLACEMENT_FAILURE');

    assert.equal(event?.detail.eventType, 'ERROR');
    assert.equal(event?.detail.reason, 'RESOURCE:FARGATE');
    assert.deepEqual(event?.detail.capacityProviderArns, ['arn:aws:ecs:us-east-1:111122223333:capacity-provider/FARGATE_SPOT']);
  });

  it('is told again at each try, which come ever more slowly up to the limit of the config', () => {
    assert.deepEqual(drought().actionTimes('SERVICE_TASK_PLACEMENT_FAILURE'), [0, 5000, 15_000, 35_000, 65_000, 95_000]);
  });

  it('of one provider does not keep the other from starting its share', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'capacity', launches: 0 });
    cloud.settled({ capacityProviderStrategy: MIXED });

    assert.equal(countService(cloud.world, 'web')?.running, 2);
  });

  it('of one zone does not keep tasks without a service from the others', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'capacity', launches: 0, zone: 'us-east-1b' });
    cloud.give({ type: 'run-tasks', count: 6, taskDefinition: { name: 'job:1', stopTimeoutMs: 30_000 }, provider: 'FARGATE_SPOT' });

    const zones = listTasks(cloud.world, { family: 'job' }).map((taskId) => describeTask(cloud.world, taskId)?.availabilityZone);
    assert.deepEqual(zones, ['us-east-1a', 'us-east-1c', 'us-east-1c', 'us-east-1a', 'us-east-1c', 'us-east-1c']);
  });

  // re:Post Knowledge Center, ecs-fargate-runtask-capacity: RunTask fails and is for the caller to repeat.
  it('of a task without a service is final', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'capacity', launches: 0 });
    const effects = cloud.give({
      type: 'run-tasks',
      count: 2,
      taskDefinition: { name: 'job:1', stopTimeoutMs: 30_000 },
      provider: 'FARGATE_SPOT',
    });
    cloud.give({ type: 'capacity', launches: undefined });
    cloud.until(600_000);

    assert.deepEqual(effects, [{ type: 'placement-failed', service: undefined, provider: 'FARGATE_SPOT', missing: 2 }]);
    assert.deepEqual(listTasks(cloud.world), []);
  });
});

function zonesOf(cloud: Cloud): Record<string, number> {
  const zones: Record<string, number> = {};
  for (const taskId of listTasks(cloud.world, { service: 'web' })) {
    const zone = describeTask(cloud.world, taskId)?.availabilityZone ?? '';
    zones[zone] = (zones[zone] ?? 0) + 1;
  }
  return zones;
}
