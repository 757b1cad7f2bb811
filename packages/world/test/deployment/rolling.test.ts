import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countService, describeService, describeTask, listTasks, type DeploymentConfiguration } from '@spotproof/world';
import { Cloud } from '../support/cloud.ts';

const NEXT = { taskDefinition: { name: 'web:2', stopTimeoutMs: 30_000 } } as const;

describe('UpdateService', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
  it('a new desired count deploys nothing', () => {
    const cloud = new Cloud().settled();
    const before = describeService(cloud.world, 'web')?.deployments[0]?.id;
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 6 } });
    cloud.until(cloud.now + 60_000);

    assert.deepEqual(
      describeService(cloud.world, 'web')?.deployments.map(({ id, runningCount }) => [id, runningCount]),
      [[before, 6]],
    );
  });

  it('a new task definition is rolled out: a PRIMARY deployment in progress beside the ACTIVE one', () => {
    const cloud = new Cloud().settled();
    cloud.give({ type: 'update-service', service: 'web', changes: NEXT });

    assert.deepEqual(
      describeService(cloud.world, 'web')?.deployments.map(({ status, rolloutState }) => [status, rolloutState]),
      [
        ['PRIMARY', 'IN_PROGRESS'],
        ['ACTIVE', 'COMPLETED'],
      ],
    );
  });

  // pipecd #6385 (2025-12-23) has the API's sentence; fargate-capacity-providers page: "you must force a new deployment when doing this".
  it('another strategy is refused unless a new deployment is forced', () => {
    const cloud = new Cloud().settled();
    const changes = { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 } as const] };

    const [rejected] = cloud.give({ type: 'update-service', service: 'web', changes });

    assert.ok(rejected?.type === 'rejected' && rejected.code === 'InvalidParameterException');
    assert.match(rejected.message, /you must force a new deployment/);
    assert.deepEqual(describeService(cloud.world, 'web')?.capacityProviderStrategy, [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]);
  });

  it('a forced flip of the strategy restarts every task, the healthy ones too', () => {
    const cloud = new Cloud().settled();
    const before = listTasks(cloud.world, { service: 'web' });
    const changes = { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 } as const], forceNewDeployment: true };
    cloud.give({ type: 'update-service', service: 'web', changes });
    cloud.until(cloud.now + 300_000);

    const after = listTasks(cloud.world, { service: 'web' });
    assert.equal(after.length, 4);
    assert.deepEqual(
      after.filter((taskId) => before.includes(taskId)),
      [],
    );
    assert.ok(after.every((taskId) => describeTask(cloud.world, taskId)?.capacityProviderName === 'FARGATE'));
  });

  it('a service that there is not, or no longer, is refused by the codes of the API', () => {
    const cloud = new Cloud().settled();
    const codeOf = (service: string): string | undefined => {
      const [rejected] = cloud.give({ type: 'update-service', service, changes: { desiredCount: 1 } });
      return rejected?.type === 'rejected' ? rejected.code : undefined;
    };
    const missing = codeOf('api');
    cloud.give({ type: 'delete-service', service: 'web', force: true });

    assert.deepEqual([missing, codeOf('web')], ['ServiceNotFoundException', 'ServiceNotActiveException']);
  });
});

describe('a rolling deployment', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service_definition_parameters.html: defaults 100 and 200.
  it('with 100 and 200 per cent starts as many new tasks as there are, and stops the old ones as the new are healthy', () => {
    const run = roll({ desiredCount: 4 }, {});

    assert.deepEqual({ most: run.most, fewestHealthy: run.fewestHealthy }, { most: 8, fewestHealthy: 4 });
  });

  it('with 50 and 100 per cent stops half of the tasks first, and never has more than are desired, counting those that are stopping', () => {
    const run = roll({ desiredCount: 4 }, { minimumHealthyPercent: 50, maximumPercent: 100 });

    assert.deepEqual({ most: run.most, fewestHealthy: run.fewestHealthy }, { most: 4, fewestHealthy: 2 });
  });

  it('rounds the minimum up and the maximum down', () => {
    const run = roll({ desiredCount: 3 }, { minimumHealthyPercent: 50, maximumPercent: 150 });

    assert.deepEqual({ most: run.most, fewestHealthy: run.fewestHealthy }, { most: 4, fewestHealthy: 2 });
  });

  it('of one task with a maximum of 100 per cent stops it before the next can start', () => {
    const run = roll({ desiredCount: 1 }, { minimumHealthyPercent: 0, maximumPercent: 100 });

    assert.deepEqual({ most: run.most, fewestHealthy: run.fewestHealthy }, { most: 1, fewestHealthy: 0 });
  });

  it('cannot move with 100 and 100 per cent', () => {
    const cloud = new Cloud().settled({ deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } });
    cloud.give({ type: 'update-service', service: 'web', changes: NEXT });
    cloud.until(cloud.now + 3_600_000);

    assert.equal(describeService(cloud.world, 'web')?.deployments[0]?.runningCount, 0);
    assert.equal(countService(cloud.world, 'web')?.healthy, 4);
  });

  it('is COMPLETED when the last task of the one before is STOPPED, so that the deregistration delay is part of every rollout', () => {
    const cloud = new Cloud().settled();
    const since = cloud.now;
    cloud.give({ type: 'update-service', service: 'web', changes: NEXT });
    cloud.until(since + 60_000);

    const [completed] = cloud.ofType('event', since).filter(({ event }) => isDeployment(event, 'SERVICE_DEPLOYMENT_COMPLETED'));
    // A second until the new tasks run, ten of draining, one until the old have ended.
    assert.equal(completed?.at, since + 12_000);
    assert.deepEqual(
      describeService(cloud.world, 'web')?.deployments.map(({ status, rolloutState }) => [status, rolloutState]),
      [['PRIMARY', 'COMPLETED']],
    );
  });

  it('replaces a task of the old deployment that Spot takes by one of the new', () => {
    const cloud = new Cloud({ containers: { startMs: [60_000, 60_000], exitMs: [1000, 1000] } }).settled();
    cloud.give({ type: 'update-service', service: 'web', changes: NEXT });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    cloud.until(cloud.now + 300_000);

    const tasks = listTasks(cloud.world, { service: 'web' }).map((taskId) => describeTask(cloud.world, taskId));
    assert.equal(tasks.length, 4);
    assert.ok(tasks.every((task) => task?.taskDefinitionArn.endsWith(':task-definition/web:2')));
  });

  it('whose first task fails its health checks all the time leaves the old tasks serving', () => {
    const cloud = new Cloud({ healthyAfterMs: 'told' });
    cloud.settled();
    for (const taskId of listTasks(cloud.world)) cloud.give({ type: 'target-health', targetGroup: 'web', taskId, health: 'healthy' });
    const old = listTasks(cloud.world);
    cloud.give({ type: 'update-service', service: 'web', changes: NEXT });
    cloud.until(cloud.now + 600_000);

    assert.deepEqual(
      old.map((taskId) => describeTask(cloud.world, taskId)?.desiredStatus),
      ['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING'],
    );
  });
});

describe('a task that nothing checks', () => {
  // service_definition_parameters, minimumHealthyPercent: without a load balancer and health checks, ECS waits 40 s after RUNNING.
  it('counts as healthy 40 s after it is RUNNING', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'create-service', service: { name: 'job', desiredCount: 1, taskDefinition: { name: 'job:1', stopTimeoutMs: 2000 } } });
    cloud.until(600_000);

    assert.deepEqual(cloud.actionTimes('SERVICE_STEADY_STATE'), [41_000]);
  });
});

describe('DeleteService', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
  it('is refused while tasks are desired, drains when forced, and leaves an INACTIVE service', () => {
    const cloud = new Cloud().settled();
    const [rejected] = cloud.give({ type: 'delete-service', service: 'web' });
    cloud.give({ type: 'delete-service', service: 'web', force: true });
    const during = describeService(cloud.world, 'web')?.status;
    cloud.until(cloud.now + 60_000);

    assert.ok(rejected?.type === 'rejected' && rejected.code === 'InvalidParameterException');
    assert.deepEqual([during, describeService(cloud.world, 'web')?.status, listTasks(cloud.world).length], ['DRAINING', 'INACTIVE', 0]);
  });

  it('frees the name for another service', () => {
    const cloud = new Cloud().settled();
    cloud.give({ type: 'delete-service', service: 'web', force: true });
    cloud.until(cloud.now + 60_000).settled({ desiredCount: 2 });

    assert.equal(countService(cloud.world, 'web')?.running, 2);
  });
});

function isDeployment(
  event: { readonly 'detail-type': string; readonly detail: { readonly eventName?: string } | object },
  eventName: string,
): boolean {
  return event['detail-type'] === 'ECS Deployment State Change' && 'eventName' in event.detail && event.detail.eventName === eventName;
}

/** Rolls the next task definition out, and says how many tasks there were at most and how many were healthy at least. */
function roll(
  spec: { readonly desiredCount: number },
  deploymentConfiguration: DeploymentConfiguration,
): { readonly most: number; readonly fewestHealthy: number } {
  const cloud = new Cloud().settled({ ...spec, deploymentConfiguration });
  let [most, fewestHealthy] = [0, Number.POSITIVE_INFINITY];
  cloud.give({ type: 'update-service', service: 'web', changes: NEXT });
  const end = cloud.now + 600_000;
  while (cloud.now < end) {
    cloud.until(cloud.now + 500);
    const counts = countService(cloud.world, 'web');
    most = Math.max(most, (counts?.running ?? 0) + (counts?.pending ?? 0) + (counts?.stopping ?? 0));
    fewestHealthy = Math.min(fewestHealthy, counts?.healthy ?? 0);
  }
  assert.deepEqual(
    describeService(cloud.world, 'web')?.deployments.map(({ rolloutState, taskDefinition }) => [rolloutState, taskDefinition.split('/').at(-1)]),
    [['COMPLETED', 'web:2']],
  );
  return { most, fewestHealthy };
}
