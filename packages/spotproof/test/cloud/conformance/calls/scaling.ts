import type { CallGroup } from '../call.ts';

const TARGET = { ServiceNamespace: 'ecs', ResourceId: 'service/web/twin', ScalableDimension: 'ecs:service:DesiredCount' };
const DESIRED = { cluster: 'web', services: ['twin'] };

export const SCALING: CallGroup = {
  title: 'Application Auto Scaling',
  calls: [
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ...TARGET, MinCapacity: 1 },
      expect: { refused: 'ValidationException', message: /[Mm]ax/ },
      fact: 'API reference, RegisterScalableTarget: both bounds are required when a target is new',
    },
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ...TARGET, MinCapacity: 5, MaxCapacity: 4 },
      expect: { refused: 'ValidationException', message: /[Mm]in/ },
      fact: 'API reference, RegisterScalableTarget: the least is not above the most',
    },
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ...TARGET, ResourceId: 'service/web/nothing', MinCapacity: 0, MaxCapacity: 4 },
      expect: { refused: 'ValidationException', message: /service doesn't exist/ },
      fact: 'API reference, RegisterScalableTarget: the service must be there',
    },
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ...TARGET, ScalableDimension: 'ecs:service:Tasks', MinCapacity: 0, MaxCapacity: 4 },
      expect: { refused: 'ValidationException', message: /enum value set/ },
      fact: 'Service model, ScalableDimension',
    },
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ...TARGET, ServiceNamespace: 'dynamodb', MinCapacity: 0, MaxCapacity: 4 },
      expect: { refused: 'ValidationException', message: /served here/ },
      fact: 'User guide, services that can be scaled',
      differs: 'AWS scales many services; here those of ECS.',
    },
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ...TARGET, MinCapacity: 1, MaxCapacity: 4 },
      expect: { answer: { ScalableTargetARN: /:scalable-target\// } },
      fact: 'API reference, RegisterScalableTarget',
    },
    {
      call: 'ecs DescribeServices',
      input: DESIRED,
      expect: { answer: { services: [{ desiredCount: 1 }] } },
      fact: 'API reference, RegisterScalableTarget: capacity is brought inside the bounds at once',
    },
    {
      call: 'application-autoscaling DescribeScalableTargets',
      input: { ServiceNamespace: 'ecs', ResourceIds: ['service/web/twin'] },
      expect: {
        answer: {
          ScalableTargets: [
            {
              MinCapacity: 1,
              MaxCapacity: 4,
              SuspendedState: { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false },
            },
          ],
        },
      },
      fact: 'API type SuspendedState: nothing is suspended by default',
    },
    {
      call: 'application-autoscaling DescribeScalableTargets',
      input: { ServiceNamespace: 'ecs', ResourceIds: ['service/web/nothing'] },
      expect: { answer: { ScalableTargets: [] } },
      fact: 'API reference, DescribeScalableTargets: what is not there is left out',
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'twin', desiredCount: 0 },
      expect: { answer: { service: { desiredCount: 0 } } },
      fact: 'Developer guide, service auto scaling: UpdateService is not held by the bounds',
    },
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ...TARGET, SuspendedState: { DynamicScalingInSuspended: true } },
      expect: { answer: {} },
      fact: 'API reference, RegisterScalableTarget: what is not named stays',
    },
    {
      call: 'ecs DescribeServices',
      input: DESIRED,
      expect: { answer: { services: [{ desiredCount: 1 }] } },
      fact: 'API reference, RegisterScalableTarget: also a call that names no bound brings capacity inside them',
    },
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ...TARGET, MinCapacity: 0 },
      expect: { answer: {} },
      fact: 'API reference, RegisterScalableTarget: an update of one bound',
    },
    {
      call: 'ecs DescribeServices',
      input: DESIRED,
      expect: { answer: { services: [{ desiredCount: 1 }] } },
      fact: 'A lower minimum takes nothing away: only a policy scales in',
    },
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ...TARGET, MaxCapacity: 0 },
      expect: { answer: {} },
      fact: 'API reference, RegisterScalableTarget: an update of the other bound',
    },
    {
      call: 'ecs DescribeServices',
      input: DESIRED,
      expect: { answer: { services: [{ desiredCount: 0 }] } },
      fact: 'API reference, RegisterScalableTarget: capacity above the most comes down to it',
    },
    {
      call: 'application-autoscaling DeregisterScalableTarget',
      input: TARGET,
      expect: { answer: {} },
      fact: 'API reference, DeregisterScalableTarget',
    },
    {
      call: 'application-autoscaling DeregisterScalableTarget',
      input: TARGET,
      expect: { refused: 'ObjectNotFoundException', message: /No scalable target/ },
      fact: 'API reference, ObjectNotFoundException',
    },
    {
      call: 'application-autoscaling RegisterScalableTarget',
      input: { ServiceNamespace: 'ecs', ResourceId: 'service/web/twin', MinCapacity: 0, MaxCapacity: 1 },
      expect: { refused: 'ValidationException', message: /ScalableDimension.*must not be null/i },
      fact: 'Service model, RegisterScalableTargetRequest: the dimension is required',
      refusedByCli: true,
    },
  ],
};
