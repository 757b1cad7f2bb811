import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  configOf,
  describeService,
  describeTargetHealth,
  describeTask,
  findTaskByAddress,
  getTask,
  isTaskOver,
  listServices,
  listTasks,
  runningCount,
} from '@spotproof/world';
import { Cloud, service } from './support/cloud.ts';

describe('DescribeTargetHealth', () => {
  it('a new target is initial until it passes its check, then healthy, and unhealthy when it fails', () => {
    const cloud = new Cloud({ healthyAfterMs: [5000, 5000] });
    cloud.give({ type: 'create-service', service: service({ desiredCount: 1 }) });
    const states = [2000, 7000].map((at) => stateOf(cloud.until(at), 'task-1'));
    cloud.give({ type: 'target-health', targetGroup: 'web', taskId: 'task-1', health: 'unhealthy' });

    assert.deepEqual([...states, stateOf(cloud, 'task-1')], ['initial', 'healthy', 'unhealthy']);
  });

  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html: displayed as draining until the timeout expires
  it('a target shows as draining for the whole deregistration delay, though its task has ended long ago, and is gone then', () => {
    const cloud = new Cloud().settled({ desiredCount: 1 });
    const since = cloud.now;
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    const states = [since + 3000, since + 9999, since + 10_001].map((at) => stateOf(cloud.until(at), 'task-1'));

    assert.deepEqual(states, ['draining', 'draining', undefined]);
    assert.equal(getTask(cloud.world, 'task-1')?.state, 'STOPPED');
  });

  it('a target that nobody deregistered stays, and is unhealthy once its task has ended', () => {
    const cloud = new Cloud({ deregistration: { kind: 'never' } }).settled({ desiredCount: 1 });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    cloud.until(cloud.now + 600_000);

    assert.equal(stateOf(cloud, 'task-1'), 'unhealthy');
  });

  it('has the container port, and the address that the events of the task have', () => {
    const cloud = new Cloud().settled({ desiredCount: 1 });
    const [target] = describeTargetHealth(cloud.world, 'web') ?? [];

    assert.equal(target?.port, 8080);
    assert.equal(findTaskByAddress(cloud.world, target?.address ?? ''), 'task-1');
    assert.equal(describeTask(cloud.world, 'task-1')?.privateIpv4Address, target?.address);
  });

  it('of a group that there is not is undefined', () => {
    assert.equal(describeTargetHealth(new Cloud().world, 'api'), undefined);
  });
});

describe('DeregisterTargets', () => {
  const drainedWith = (port: number | undefined): readonly [number, string | undefined] => {
    const cloud = new Cloud().settled({ desiredCount: 1 });
    const effects = cloud.give({
      type: 'deregister-targets',
      targetGroup: 'web',
      targets: [{ taskId: 'task-1', ...(port === undefined ? {} : { port }) }],
    });
    return [effects.length, stateOf(cloud, 'task-1')];
  };

  // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html: "If the specified target does not exist, the action returns successfully."
  it('with the container port drains the target; with another, or with none, it is a success that does nothing', () => {
    assert.deepEqual(drainedWith(8080), [1, 'draining']);
    assert.deepEqual(drainedWith(9090), [0, 'healthy']);
    assert.deepEqual(drainedWith(undefined), [0, 'healthy'], 'the group has 80 as its port, the service registers 8080');
  });

  it('a second time changes nothing, nor does ECS deregister once more', () => {
    const cloud = new Cloud({ deregistration: { kind: 'after-sigterm', delayMs: 500 } }).settled({ desiredCount: 1 });
    const since = cloud.now;
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    for (const _ of [1, 2]) cloud.give({ type: 'deregister-targets', targetGroup: 'web', targets: [{ taskId: 'task-1', port: 8080 }] });
    cloud.until(since + 60_000);

    assert.deepEqual(
      cloud.ofType('deregister-target', since).map(({ at }) => at),
      [since],
    );
  });

  it('of an unknown task does nothing, of an unknown group is refused', () => {
    const cloud = new Cloud().settled();
    const targets = [{ taskId: 'task-99', port: 8080 }];

    assert.deepEqual(cloud.give({ type: 'deregister-targets', targetGroup: 'web', targets }), []);
    const [effect] = cloud.give({ type: 'deregister-targets', targetGroup: 'api', targets });
    assert.ok(effect?.type === 'rejected' && effect.code === 'TargetGroupNotFound');
  });
});

describe('DescribeTasks and ListTasks', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html: stopped tasks are returned for at least one hour.
  it('a stopped task can be described for an hour', () => {
    const cloud = new Cloud().settled({ desiredCount: 1 });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    cloud.until(cloud.now + 60_000);
    const stoppedAt = describeTask(cloud.world, 'task-1')?.stoppedAt ?? 0;
    const during = describeTask(cloud.until(stoppedAt + 3_599_999).world, 'task-1')?.lastStatus;

    assert.deepEqual([during, describeTask(cloud.until(stoppedAt + 3_600_000).world, 'task-1')], ['STOPPED', undefined]);
    assert.equal(isTaskOver(cloud.world, 'task-1'), true);
  });

  it('tasks are listed by what ECS wants of them: one that is stopping is no longer RUNNING', () => {
    const cloud = new Cloud().settled({ desiredCount: 2 });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });

    assert.deepEqual(listTasks(cloud.world, { service: 'web' }), ['task-2', 'task-3']);
    assert.deepEqual(listTasks(cloud.world, { service: 'web', desiredStatus: 'STOPPED' }), ['task-1']);
    assert.deepEqual(listTasks(cloud.world, { family: 'job' }), []);
  });

  it('tells of a task what its events tell, with times since 1970', () => {
    const { cluster } = configOf(new Cloud().world);
    const cloud = new Cloud({ cluster: { ...cluster, epochMs: 1_000_000_000_000 } }).settled({ desiredCount: 1 });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    cloud.until(cloud.now + 60_000);
    const task = describeTask(cloud.world, 'task-1');
    const last = cloud
      .events('ECS Task State Change')
      .filter(({ resources }) => resources[0] === task?.taskArn)
      .at(-1)?.detail;

    assert.deepEqual(
      [task?.lastStatus, task?.stopCode, task?.stoppedReason, task?.capacityProviderName, task?.version, task?.group, task?.startedBy],
      [last?.lastStatus, last?.stopCode, last?.stoppedReason, last?.capacityProviderName, last?.version, last?.group, last?.startedBy],
    );
    assert.equal(new Date(task?.stoppingAt ?? 0).toISOString(), last?.stoppingAt);
    assert.equal(task?.createdAt, 1_000_000_000_000);
  });

  it('random ids are 32 hexadecimal digits, all different and the same for the same seed', () => {
    const ids = (seed: number): readonly string[] => listTasks(new Cloud({ seed, taskIds: 'random' }).settled({ desiredCount: 50 }).world);

    assert.ok(ids(1).every((id) => /^[0-9a-f]{32}$/.test(id)));
    assert.equal(new Set([...ids(1), ...ids(2)]).size, 100);
    assert.deepEqual(ids(1), ids(1));
  });
});

describe('DescribeServices', () => {
  it('counts as ECS does: a task that was told to stop is no longer running, and one that is starting is pending', () => {
    const cloud = new Cloud().settled({ desiredCount: 3 });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    const found = describeService(cloud.world, 'web');

    assert.deepEqual([found?.desiredCount, found?.runningCount, found?.pendingCount], [3, 2, 1]);
    assert.equal(runningCount(cloud.world), 2);
  });

  it('shows a hundred events at most, the newest first', () => {
    const cloud = new Cloud().settled({ desiredCount: 1 });
    for (let count = 0; count < 300; count++) {
      cloud.give({ type: 'interrupt-some', count: 1 });
      cloud.until(cloud.now + 5000);
    }
    const events = describeService(cloud.world, 'web')?.events ?? [];

    assert.equal(events.length, 100);
    assert.ok(events.every(({ createdAt }, index) => createdAt <= (events[index - 1]?.createdAt ?? Number.POSITIVE_INFINITY)));
    assert.equal(events[0]?.message, '(service web) has reached a steady state.');
  });

  it('several services live in one world, each with its own tasks', () => {
    const cloud = new Cloud().settled({ desiredCount: 2 }).settled({ name: 'api', desiredCount: 3, launchType: 'FARGATE' });
    cloud.give({ type: 'interrupt-some', count: 'all' });
    cloud.until(cloud.now + 60_000);

    assert.deepEqual(listServices(cloud.world), ['web', 'api']);
    assert.deepEqual([runningCount(cloud.world, 'web'), runningCount(cloud.world, 'api'), runningCount(cloud.world)], [2, 3, 5]);
    assert.deepEqual(
      cloud.ofType('task-state-changed').flatMap(({ reason, taskId }) => (reason?.code === 'SpotInterruption' ? [taskId] : [])).length > 0,
      true,
    );
    assert.equal(listTasks(cloud.world, { service: 'api', desiredStatus: 'STOPPED' }).length, 0);
  });

  it('a name that is taken is refused', () => {
    const cloud = new Cloud().settled();
    const [effect] = cloud.give({ type: 'create-service', service: service() });

    assert.ok(effect?.type === 'rejected' && effect.message === 'Creation of service was not idempotent.');
  });
});

function stateOf(cloud: Cloud, taskId: string): string | undefined {
  return describeTargetHealth(cloud.world, 'web')?.find((target) => target.taskId === taskId)?.state;
}
