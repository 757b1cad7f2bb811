// {
//   "version": "0", "id": "ddca6449-b258-46c0-8653-e0e3a6d0468b", "detail-type": "ECS Service Action", "source": "aws.ecs",
//   "account": "111122223333", "time": "2019-11-19T19:55:38Z", "region": "us-west-2",
//   "resources": ["arn:aws:ecs:us-west-2:111122223333:service/web/api"],
//   "detail": { "eventType": "ERROR", "eventName": "SERVICE_TASK_PLACEMENT_FAILURE",
//     "clusterArn": "arn:aws:ecs:us-west-2:111122223333:cluster/web",
//     "capacityProviderArns": ["arn:aws:ecs:us-west-2:111122223333:capacity-provider/FARGATE_SPOT"],
//     "reason": "RESOURCE:FARGATE", "createdAt": "2019-11-06T19:09:33.087Z" } }
import type { Fields } from './fields.ts';
import { serviceArnOf } from './service-arn.ts';
import type { EventEnvelope } from './envelope.ts';

/**
 * The service scheduler did or could not do something. These carry no version, so nothing but `createdAt` orders them, and a steady state is
 * reported again and again: good for a hint that something changed, never for a conclusion.
 */
export interface ServiceAction extends EventEnvelope {
  readonly kind: 'service-action';
  readonly clusterArn: string;
  readonly serviceArn: string;
  /** Such as `SERVICE_TASK_PLACEMENT_FAILURE` or `SERVICE_STEADY_STATE`. New names are added by AWS from time to time. */
  readonly eventName: string;
  readonly eventType: string;
  /** Names, without the rest of their ARNs. */
  readonly capacityProviders: readonly string[];
  readonly reason: string | undefined;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export function parseServiceAction(envelope: EventEnvelope, detail: Fields, event: Fields): ServiceAction {
  return {
    ...envelope,
    kind: 'service-action',
    clusterArn: detail.text('clusterArn'),
    serviceArn: serviceArnOf(event),
    eventName: detail.text('eventName'),
    eventType: detail.text('eventType'),
    capacityProviders: detail.texts('capacityProviderArns').map((arn) => arn.slice(arn.lastIndexOf('/') + 1)),
    reason: detail.optionalText('reason'),
    createdAt: detail.optionalInstant('createdAt') ?? envelope.at,
  };
}
