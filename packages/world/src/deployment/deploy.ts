import { emitDeploymentStateChange } from '../events/emit.ts';
import type { Model } from '../state/model.ts';
import type { DeploymentRecord, Revision, ServiceRecord } from '../state/records.ts';
import { say } from '../state/messages.ts';

/** Begins to roll out a revision: it is PRIMARY from now on, and what was before is ACTIVE until its last task is gone. */
export function deploy(model: Model, service: ServiceRecord, revision: Revision): void {
  model.sequence += 1;
  const deployment: DeploymentRecord = {
    id: `ecs-svc/1${String(model.sequence).padStart(18, '0')}`,
    status: 'PRIMARY',
    revision,
    createdAt: model.now,
    updatedAt: model.now,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: '',
    failedTasks: 0,
    ran: false,
    pools: [],
    live: 0,
    sharesOf: -1,
    shares: [],
    rebalancing: new Map(),
    lost: new Map(),
  };
  deployment.rolloutStateReason = `ECS deployment ${deployment.id} in progress.`;
  for (const before of service.deployments) before.status = 'ACTIVE';
  service.deployments.unshift(deployment);
  service.revision = revision;
  // "After the service is updated, the service scheduler resumes normal behavior" (ECS developer guide, service throttle logic).
  service.failedStarts = 0;
  service.launchAt = Number.NEGATIVE_INFINITY;
  service.blocked.clear();
  service.steady = false;
  emitDeploymentStateChange(model, service, deployment, 'SERVICE_DEPLOYMENT_IN_PROGRESS');
  model.dirty.add(service);
}

/** The rollout has reached what it was for. */
export function complete(model: Model, service: ServiceRecord, deployment: DeploymentRecord): void {
  if (deployment.rolloutState !== 'IN_PROGRESS') return;
  deployment.rolloutState = 'COMPLETED';
  deployment.rolloutStateReason = `ECS deployment ${deployment.id} completed.`;
  deployment.updatedAt = model.now;
  service.completed = deployment;
  say(model, service, `(deployment ${deployment.id}) deployment completed.`);
  emitDeploymentStateChange(model, service, deployment, 'SERVICE_DEPLOYMENT_COMPLETED');
}

/**
 * The circuit breaker gives up on a deployment: it starts nothing more. With `rollback` the deployment that completed last is PRIMARY again; without, or when none
 * ever completed, the service stays as it is.
 */
export function fail(model: Model, service: ServiceRecord, deployment: DeploymentRecord): void {
  deployment.rolloutState = 'FAILED';
  deployment.updatedAt = model.now;
  deployment.rolloutStateReason = 'ECS deployment circuit breaker: tasks failed to start.';
  say(model, service, `(deployment ${deployment.id}) deployment failed: tasks failed to start.`);
  emitDeploymentStateChange(model, service, deployment, 'SERVICE_DEPLOYMENT_FAILED');
  const previous = service.completed;
  if (service.deploymentConfiguration.deploymentCircuitBreaker?.rollback === true && previous !== undefined) {
    rollBack(model, service, { from: deployment, to: previous });
  }
}

function rollBack(
  model: Model,
  service: ServiceRecord,
  { from: deployment, to: previous }: { readonly from: DeploymentRecord; readonly to: DeploymentRecord },
): void {
  deployment.status = 'ACTIVE';
  const index = service.deployments.indexOf(previous);
  if (index >= 0) service.deployments.splice(index, 1);
  service.deployments.unshift(previous);
  previous.status = 'PRIMARY';
  previous.rolloutState = 'IN_PROGRESS';
  previous.rolloutStateReason = `ECS deployment circuit breaker: rolling back to deploymentId ${previous.id}.`;
  previous.failedTasks = 0;
  previous.ran = false;
  previous.updatedAt = model.now;
  service.revision = previous.revision;
  service.failedStarts = 0;
  service.launchAt = Number.NEGATIVE_INFINITY;
  service.blocked.clear();
  say(model, service, `rolling back to deployment ${previous.id}.`);
  emitDeploymentStateChange(model, service, previous, 'SERVICE_DEPLOYMENT_IN_PROGRESS');
  model.dirty.add(service);
}
