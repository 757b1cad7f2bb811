import { checkWhole, invalid } from './config.ts';
import type { WorldInput } from './inputs.ts';
import type { DeploymentConfiguration, ServiceChanges, TargetGroupSpec, TaskDefinition } from './service.ts';

/**
 * What no driver may pass, because an API in front of it would never let it through.
 *
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first value out of range.
 */
export function checkInput(input: WorldInput): void {
  switch (input.type) {
    case 'create-service':
      checkService(input.service);
      return;
    case 'update-service':
      checkService(input.changes);
      return;
    case 'put-target-group':
      checkTargetGroup(input.targetGroup);
      return;
    case 'run-tasks':
      checkWhole('count', input.count, 1);
      checkTaskDefinition(input.taskDefinition);
      return;
    case 'capacity':
      if (input.launches !== undefined) checkWhole('launches', input.launches, 0);
      return;
    case 'reclaim':
      if (!(input.share >= 0 && input.share <= 1)) throw invalid('share', 'from 0 to 1', String(input.share));
      checkWhole('withinMs', input.withinMs, 0);
      return;
    case 'delete-service':
    case 'put-cluster-capacity-providers':
    case 'task-started':
    case 'task-exited':
    case 'stop':
    case 'protect-tasks':
    case 'deregister-targets':
    case 'target-health':
    case 'interrupt':
    case 'interrupt-some':
    case 'register-scalable-target':
    case 'deregister-scalable-target':
    case 'scaling-alarm':
    case 'tick':
      return;
  }
}

function checkService(spec: ServiceChanges): void {
  if (spec.desiredCount !== undefined) checkWhole('desiredCount', spec.desiredCount, 0);
  if (spec.taskDefinition !== undefined) checkTaskDefinition(spec.taskDefinition);
  if (spec.healthCheckGracePeriodSeconds !== undefined) checkWhole('healthCheckGracePeriodSeconds', spec.healthCheckGracePeriodSeconds, 0);
  if (spec.deploymentConfiguration !== undefined) checkDeployment(spec.deploymentConfiguration);
  for (const { containerPort } of spec.loadBalancers ?? []) checkWhole('containerPort', containerPort, 0);
  if (spec.zones?.length === 0) throw invalid('zones', 'at least one Availability Zone', 'none');
}

function checkTaskDefinition({ stopTimeoutMs, cpu }: TaskDefinition): void {
  checkWhole('stopTimeoutMs', stopTimeoutMs, 1);
  if (cpu !== undefined) checkWhole('cpu', Number(cpu), 1);
}

function checkDeployment({ minimumHealthyPercent, maximumPercent }: DeploymentConfiguration): void {
  if (minimumHealthyPercent !== undefined) checkWhole('minimumHealthyPercent', minimumHealthyPercent, 0);
  if (maximumPercent !== undefined) checkWhole('maximumPercent', maximumPercent, 0);
}

function checkTargetGroup({ port, deregistrationDelayMs }: TargetGroupSpec): void {
  checkWhole('port', port, 0);
  checkWhole('deregistrationDelayMs', deregistrationDelayMs, 0);
}
