// {
//   "version": "0", "id": "ddca6449-b258-46c0-8653-e0e3a6EXAMPLE", "detail-type": "ECS Deployment State Change", "source": "aws.ecs",
//   "account": "111122223333", "time": "2020-05-23T12:31:14Z", "region": "us-west-2",
//   "resources": ["arn:aws:ecs:us-west-2:111122223333:service/web/api"],
//   "detail": { "eventType": "ERROR", "eventName": "SERVICE_DEPLOYMENT_FAILED", "deploymentId": "ecs-svc/123",
//     "updatedAt": "2020-05-23T11:11:11Z", "reason": "ECS deployment circuit breaker: task failed to start." } }
import type { Fields } from './fields.ts';
import { serviceArnOf } from './service-arn.ts';
import type { EventEnvelope } from './envelope.ts';

export interface DeploymentStateChange extends EventEnvelope {
  readonly kind: 'deployment-state-change';
  readonly serviceArn: string;
  /** `SERVICE_DEPLOYMENT_IN_PROGRESS`, `SERVICE_DEPLOYMENT_COMPLETED` or, only with the circuit breaker on, `SERVICE_DEPLOYMENT_FAILED`. */
  readonly eventName: string;
  readonly deploymentId: string;
  readonly reason: string | undefined;
}

export function parseDeploymentStateChange(envelope: EventEnvelope, detail: Fields, event: Fields): DeploymentStateChange {
  return {
    ...envelope,
    kind: 'deployment-state-change',
    serviceArn: serviceArnOf(event),
    eventName: detail.text('eventName'),
    deploymentId: detail.text('deploymentId'),
    reason: detail.optionalText('reason'),
  };
}
