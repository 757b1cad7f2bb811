/** A notice as the ECS developer guide shows it today, of a service task with its interface. */
export function taskStateChange(detail: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    version: '0',
    id: '9bcdac79-b31f-4d3d-9410-fbd727c29fab',
    'detail-type': 'ECS Task State Change',
    source: 'aws.ecs',
    account: '111122223333',
    time: '2026-01-23T17:57:58Z',
    region: 'us-west-2',
    resources: [TASK_ARN],
    detail: {
      attachments: [
        { id: '0', type: 'Service Connect', status: 'ATTACHED', details: [{ name: 'ContainerName', value: 'proxy' }] },
        {
          id: '1789bcae',
          type: 'eni',
          status: 'ATTACHED',
          details: [
            { name: 'subnetId', value: 'subnet-0a' },
            { name: 'privateIPv4Address', value: '10.0.0.139' },
          ],
        },
      ],
      availabilityZone: 'us-west-2c',
      capacityProviderName: 'FARGATE_SPOT',
      clusterArn: CLUSTER_ARN,
      group: 'service:api',
      launchType: 'FARGATE',
      lastStatus: 'RUNNING',
      desiredStatus: 'STOPPED',
      startedBy: 'ecs-svc/7555234739371397917',
      stopCode: 'SpotInterruption',
      stoppedReason: 'Your Spot Task was interrupted.',
      taskArn: TASK_ARN,
      version: 7,
      ...detail,
    },
  };
}

export function serviceAction(detail: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    version: '0',
    id: 'ddca6449-b258-46c0-8653-e0e3a6d0468b',
    'detail-type': 'ECS Service Action',
    source: 'aws.ecs',
    account: '111122223333',
    time: '2019-11-19T19:55:38Z',
    region: 'us-west-2',
    resources: [SERVICE_ARN],
    detail: {
      eventType: 'ERROR',
      eventName: 'SERVICE_TASK_PLACEMENT_FAILURE',
      clusterArn: CLUSTER_ARN,
      capacityProviderArns: ['arn:aws:ecs:us-west-2:111122223333:capacity-provider/FARGATE_SPOT'],
      reason: 'RESOURCE:FARGATE',
      createdAt: '2019-11-06T19:09:33.087Z',
      ...detail,
    },
  };
}

export function deploymentStateChange(): Record<string, unknown> {
  return {
    version: '0',
    id: 'ddca6449-b258-46c0-8653-e0e3a6EXAMPLE',
    'detail-type': 'ECS Deployment State Change',
    source: 'aws.ecs',
    account: '111122223333',
    time: '2020-05-23T12:31:14Z',
    region: 'us-west-2',
    resources: [SERVICE_ARN],
    detail: {
      eventType: 'ERROR',
      eventName: 'SERVICE_DEPLOYMENT_FAILED',
      deploymentId: 'ecs-svc/123',
      updatedAt: '2020-05-23T11:11:11Z',
      reason: 'ECS deployment circuit breaker: task failed to start.',
    },
  };
}

const CLUSTER_ARN = 'arn:aws:ecs:us-west-2:111122223333:cluster/web';
export const SERVICE_ARN = 'arn:aws:ecs:us-west-2:111122223333:service/web/api';
export const TASK_ARN = 'arn:aws:ecs:us-west-2:111122223333:task/web/2a1f8e0b9c6d4f7e';
