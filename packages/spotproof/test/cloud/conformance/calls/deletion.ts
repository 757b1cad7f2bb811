import type { CallGroup } from '../call.ts';

export const DELETION: CallGroup = {
  title: 'Taking everything away',
  calls: [
    {
      call: 'ecs DeleteCluster',
      input: { cluster: 'web' },
      expect: { refused: 'ClusterContainsServicesException', message: /Services are active/ },
      fact: 'API reference, ClusterContainsServicesException',
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'twin', desiredCount: 1 },
      expect: { answer: { service: { desiredCount: 1 } } },
      fact: 'API reference, UpdateService: a new desired count is no new deployment',
    },
    {
      call: 'ecs DeleteService',
      input: { cluster: 'web', service: 'twin' },
      expect: { refused: 'InvalidParameterException', message: /scaled above 0/ },
      fact: 'API reference, DeleteService: a service with tasks only with force',
    },
    {
      call: 'ecs DeleteService',
      input: { cluster: 'web', service: 'twin', force: true },
      expect: { answer: { service: { serviceName: 'twin', desiredCount: 0 } } },
      fact: 'API reference, DeleteService: force',
    },
    {
      call: 'ecs DeleteService',
      input: { cluster: 'web', service: 'api' },
      expect: { answer: { service: { status: /DRAINING|INACTIVE/ } } },
      fact: 'API reference, DeleteService: ACTIVE becomes DRAINING, then INACTIVE',
    },
    {
      call: 'ecs DeleteService',
      input: { cluster: 'web', service: 'mixed' },
      expect: { answer: { service: { status: /DRAINING|INACTIVE/ } } },
      fact: 'API reference, DeleteService',
    },
    {
      call: 'ecs DeleteService',
      input: { cluster: 'web', service: 'nothing' },
      expect: { refused: 'ServiceNotFoundException', message: /Service not found/ },
      fact: 'API reference, ServiceNotFoundException',
    },
    {
      call: 'ecs DescribeServices',
      input: { cluster: 'web', services: ['api', 'twin'] },
      expect: { answer: { services: [{ status: 'INACTIVE' }, { status: 'INACTIVE' }] } },
      until: true,
      fact: 'API reference, DeleteService: INACTIVE services can still be described for a while',
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'api', desiredCount: 1 },
      expect: { refused: 'ServiceNotActiveException', message: /not ACTIVE/i },
      fact: 'API reference, ServiceNotActiveException',
    },
    {
      call: 'elbv2 DeleteListener',
      input: { ListenerArn: '$LISTENER' },
      expect: { answer: {} },
      fact: 'API reference, DeleteListener',
    },
    {
      call: 'elbv2 DeleteListener',
      input: { ListenerArn: '$LISTENER' },
      expect: { refused: 'ListenerNotFound', message: /not found/ },
      fact: 'API reference, ListenerNotFound',
    },
    {
      call: 'elbv2 DeleteTargetGroup',
      input: { TargetGroupArn: '$TARGET_GROUP' },
      expect: { answer: {} },
      fact: 'API reference, DeleteTargetGroup: when no listener forwards to it',
    },
    {
      call: 'elbv2 DeleteLoadBalancer',
      input: { LoadBalancerArn: '$LOAD_BALANCER' },
      expect: { answer: {} },
      fact: 'API reference, DeleteLoadBalancer',
    },
    {
      call: 'elbv2 DeleteLoadBalancer',
      input: { LoadBalancerArn: '$LOAD_BALANCER' },
      expect: { answer: {} },
      fact: 'API reference, DeleteLoadBalancer: "if the load balancer does not exist … the call succeeds"',
    },
    {
      call: 'ecs DeleteCluster',
      input: { cluster: 'web' },
      expect: { answer: { cluster: { status: 'INACTIVE' } } },
      until: true,
      fact: 'API reference, DeleteCluster: it turns INACTIVE',
    },
    {
      call: 'ecs ListServices',
      input: { cluster: 'web' },
      expect: { refused: 'ClusterNotFoundException', message: /Cluster not found/ },
      fact: 'API reference, DeleteCluster: an INACTIVE cluster is not to be relied on',
    },
    {
      call: 'sqs DeleteQueue',
      input: { QueueUrl: '$QUEUE' },
      expect: { answer: {} },
      fact: 'API reference, DeleteQueue',
    },
    {
      call: 'sqs SendMessage',
      input: { QueueUrl: '$QUEUE', MessageBody: 'late' },
      expect: { refused: 'AWS.SimpleQueueService.NonExistentQueue', sdkName: 'QueueDoesNotExist', message: /does not exist/ },
      fact: 'API reference, QueueDoesNotExist',
    },
  ],
};
