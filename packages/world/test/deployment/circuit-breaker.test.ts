import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countService, describeService, describeTask, failureThreshold, listTasks, type CircuitBreaker } from '@spotproof/world';
import { Cloud } from '../support/cloud.ts';

const ON: CircuitBreaker = { enable: true, rollback: false };
const ROLLBACK: CircuitBreaker = { enable: true, rollback: true };
const NEXT = { taskDefinition: { name: 'web:2', stopTimeoutMs: 30_000 } } as const;

describe('the threshold of the deployment circuit breaker', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentCircuitBreaker.html and API_ThresholdConfiguration.html
  it('is half of the desired count, at least 3 and at most 200', () => {
    assert.deepEqual(
      [1, 6, 25, 400, 800].map((desiredCount) => failureThreshold(ON, desiredCount)),
      [3, 3, 13, 200, 200],
    );
  });

  it('can be another share, a share without bounds, or a count (since July 2026)', () => {
    const thresholds = (['BOUNDED_PERCENT', 'UNBOUNDED_PERCENT', 'COUNT'] as const).map((type) =>
      failureThreshold({ ...ON, thresholdConfiguration: { type, value: 10 } }, 20),
    );

    assert.deepEqual(thresholds, [3, 2, 10]);
  });
});

describe('a deployment whose tasks do not come up', () => {
  it('is FAILED after as many failures as the threshold, and starts nothing more', () => {
    const cloud = failing(ON);
    cloud.until(cloud.now + 3_600_000);

    const [primary] = describeService(cloud.world, 'web')?.deployments ?? [];
    assert.equal(primary?.rolloutState, 'FAILED');
    assert.equal(primary?.failedTasks, 3);
    assert.equal(primary?.pendingCount, 0);
  });

  it('keeps on trying without the circuit breaker, ever more slowly (service throttle logic)', () => {
    const cloud = failing(undefined);
    cloud.until(cloud.now + 3_600_000);

    const [primary] = describeService(cloud.world, 'web')?.deployments ?? [];
    assert.equal(primary?.rolloutState, 'IN_PROGRESS');
    assert.ok((primary?.failedTasks ?? 0) > 10);
  });

  it('the old tasks serve through all of it', () => {
    const cloud = failing(ROLLBACK);
    cloud.until(cloud.now + 3_600_000);

    assert.equal(countService(cloud.world, 'web')?.healthy, 4);
    assert.ok(listTasks(cloud.world).every((taskId) => describeTask(cloud.world, taskId)?.taskDefinitionArn.endsWith('web:1')));
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html and ecs_service_deployment_events.html
  it('with rollback goes back to the deployment that completed last, and tells of all three', () => {
    const cloud = failing(ROLLBACK);
    cloud.until(cloud.now + 3_600_000);
    const [begun, , ...later] = cloud.events('ECS Deployment State Change');
    const first = begun?.detail.deploymentId;

    assert.deepEqual(
      describeService(cloud.world, 'web')?.deployments.map(({ id, status, rolloutState }) => [id, status, rolloutState]),
      [[first, 'PRIMARY', 'COMPLETED']],
    );
    assert.deepEqual(
      later.map(({ detail }) => [detail.eventType, detail.eventName]),
      [
        ['INFO', 'SERVICE_DEPLOYMENT_IN_PROGRESS'],
        ['ERROR', 'SERVICE_DEPLOYMENT_FAILED'],
        ['INFO', 'SERVICE_DEPLOYMENT_IN_PROGRESS'],
        ['INFO', 'SERVICE_DEPLOYMENT_COMPLETED'],
      ],
    );
    assert.equal(later[2]?.detail.reason, `ECS deployment circuit breaker: rolling back to deploymentId ${first}.`);
  });
});

describe('what counts as a failure', () => {
  // API type Deployment, failedTasks: "A task is considered a failure when the scheduler can't launch the task, …"
  it('a drought of Spot looks like a failed deployment, and the rollback wants the same empty pool', () => {
    const cloud = new Cloud().settled({ deploymentConfiguration: { deploymentCircuitBreaker: ROLLBACK } });
    cloud.give({ type: 'capacity', launches: 0 });
    cloud.give({ type: 'update-service', service: 'web', changes: NEXT });
    cloud.until(cloud.now + 60_000);

    const names = cloud.events('ECS Deployment State Change').map(({ detail }) => detail.eventName);
    assert.ok(names.includes('SERVICE_DEPLOYMENT_FAILED'));
  });

  // Defang #1581 (2025-10-30): a tool took an interruption for a failed deployment. ECS counts a task that never reached RUNNING.
  it('tasks that Spot takes before they run', () => {
    const cloud = new Cloud({ containers: 'driven' }).settled({ deploymentConfiguration: { deploymentCircuitBreaker: ON } });
    cloud.give({ type: 'interrupt', taskIds: ['task-1', 'task-2', 'task-3'] });

    assert.equal(describeService(cloud.world, 'web')?.deployments[0]?.rolloutState, 'FAILED');
  });

  // Same page: once a task is RUNNING, the first stage is over.
  it('once a task of the deployment runs, tasks that end before they run no longer count', () => {
    const cloud = new Cloud({ containers: 'driven' }).settled({ desiredCount: 4, deploymentConfiguration: { deploymentCircuitBreaker: ON } });
    cloud.give({ type: 'task-started', taskId: 'task-1' });
    for (const taskId of ['task-2', 'task-3', 'task-4']) cloud.give({ type: 'task-exited', taskId });
    cloud.until(cloud.now + 1000);

    const [primary] = describeService(cloud.world, 'web')?.deployments ?? [];
    assert.deepEqual([primary?.rolloutState, primary?.failedTasks], ['IN_PROGRESS', 0]);
  });

  it('unless failures are summed up (resetOnHealthyTask false)', () => {
    const cloud = new Cloud({ containers: 'driven' }).settled({
      desiredCount: 4,
      deploymentConfiguration: { deploymentCircuitBreaker: { ...ON, resetOnHealthyTask: false } },
    });
    cloud.give({ type: 'task-started', taskId: 'task-1' });
    for (const taskId of ['task-2', 'task-3', 'task-4']) cloud.give({ type: 'task-exited', taskId });
    cloud.until(cloud.now + 1000);

    assert.equal(describeService(cloud.world, 'web')?.deployments[0]?.rolloutState, 'FAILED');
  });

  it('in the second stage, tasks that are stopped because they fail their health checks', () => {
    const cloud = new Cloud({ healthyAfterMs: 'told' });
    cloud.give({
      type: 'create-service',
      service: {
        name: 'web',
        desiredCount: 2,
        taskDefinition: { name: 'web:1', stopTimeoutMs: 30_000 },
        loadBalancers: [{ targetGroup: 'web', containerPort: 80 }],
        deploymentConfiguration: { deploymentCircuitBreaker: ON },
      },
    });
    for (let round = 0; round < 40; round++) {
      cloud.until(cloud.now + 5000);
      for (const taskId of listTasks(cloud.world)) cloud.give({ type: 'target-health', targetGroup: 'web', taskId, health: 'unhealthy' });
    }

    const [primary] = describeService(cloud.world, 'web')?.deployments ?? [];
    assert.deepEqual([primary?.rolloutState, primary?.failedTasks], ['FAILED', 3]);
  });
});

/** A settled service that has just been given a revision whose containers end at once. */
function failing(deploymentCircuitBreaker: CircuitBreaker | undefined): Cloud {
  const cloud = new FailingCloud({ containers: 'driven' });
  cloud.settled({ deploymentConfiguration: deploymentCircuitBreaker === undefined ? {} : { deploymentCircuitBreaker } });
  cloud.give({ type: 'update-service', service: 'web', changes: NEXT });
  return cloud;
}

/** Its containers of the second revision end before they run. */
class FailingCloud extends Cloud {
  override give(input: Parameters<Cloud['give']>[0]): ReturnType<Cloud['give']> {
    const effects = super.give(input);
    for (const effect of effects) {
      if (effect.type === 'start-task')
        this.give({ type: effect.taskDefinition === 'web:1' ? 'task-started' : 'task-exited', taskId: effect.taskId });
      if (effect.type === 'send-signal') this.give({ type: 'task-exited', taskId: effect.taskId });
    }
    return effects;
  }
}
