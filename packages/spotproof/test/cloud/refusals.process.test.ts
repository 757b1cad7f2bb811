import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServicesCommand,
  ListTasksCommand,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  TagResourceCommand,
  UpdateServiceCommand,
  UpdateTaskProtectionCommand,
  type ContainerDefinition,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DescribeScalableTargetsCommand,
  DeregisterScalableTargetCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { NETWORK, TestCloud } from './support/local-cloud.ts';

// What AWS refuses is refused, with its code and its sentence, and leaves nothing behind.
void describe('the local cloud', () => {
  let it: TestCloud;
  let front: Awaited<ReturnType<TestCloud['front']>>;

  const service = (input: Partial<CreateServiceCommandInput>): CreateServiceCommand =>
    new CreateServiceCommand({
      cluster: 'web',
      serviceName: 'other',
      taskDefinition: 'sleeper',
      desiredCount: 0,
      networkConfiguration: NETWORK,
      ...input,
    });
  const definition = (
    container: Partial<ContainerDefinition>,
    task: Partial<RegisterTaskDefinitionCommand['input']> = {},
  ): RegisterTaskDefinitionCommand =>
    new RegisterTaskDefinitionCommand({
      family: 'bad',
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'app', image: 'x', command: ['sleep', '60'], ...container }],
      ...task,
    });
  const onSpot = { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] };
  const balanced = (containerName: string, containerPort: number): CreateServiceCommand =>
    service({ ...onSpot, loadBalancers: [{ targetGroupArn: front.targetGroupArn, containerName, containerPort }] });

  before(async () => {
    it = await TestCloud.start();
    await it.cluster('web');
    await it.ecs.send(new CreateClusterCommand({ clusterName: 'on-demand', capacityProviders: ['FARGATE'] }));
    front = await it.front('web');
    await it.definition('sleeper', ['sleep', '60']);
    await it.definition('gone', ['sleep', '60']);
    await it.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: 'gone:1' }));
    await it.ecs.send(service({ ...onSpot, serviceName: 'api' }));
  });
  after(() => it.stop());

  const ECS: readonly (readonly [string, () => Promise<unknown>, string, RegExp])[] = [
    [
      'a strategy together with a launch type',
      () => it.ecs.send(service({ ...onSpot, launchType: 'FARGATE' })),
      'InvalidParameterException',
      /Specifying both a launch type and capacity provider strategy/,
    ],
    [
      'two bases',
      () =>
        it.ecs.send(
          service({
            capacityProviderStrategy: [
              { capacityProvider: 'FARGATE', weight: 1, base: 1 },
              { capacityProvider: 'FARGATE_SPOT', weight: 1, base: 1 },
            ],
          }),
        ),
      'InvalidParameterException',
      /Only one capacity provider/,
    ],
    [
      'weights that are all 0',
      () => it.ecs.send(service({ capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }] })),
      'InvalidParameterException',
      /weight greater than 0/,
    ],
    [
      'a provider that the cluster lacks',
      () => it.ecs.send(service({ ...onSpot, cluster: 'on-demand' })),
      'InvalidParameterException',
      /not associated with the cluster/,
    ],
    [
      'a provider that there is not',
      () => it.ecs.send(service({ capacityProviderStrategy: [{ capacityProvider: 'FARGATE-SPOT', weight: 1 }] })),
      'InvalidParameterException',
      /'FARGATE-SPOT' was not found/,
    ],
    [
      'a task definition that there is not',
      () => it.ecs.send(service({ ...onSpot, taskDefinition: 'nothing' })),
      'ClientException',
      /TaskDefinition not found/,
    ],
    ['a task definition that was deregistered', () => it.ecs.send(service({ ...onSpot, taskDefinition: 'gone:1' })), 'ClientException', /inactive/],
    [
      'a service without a network',
      () => it.ecs.send(service({ ...onSpot, networkConfiguration: undefined })),
      'InvalidParameterException',
      /Network Configuration must be provided/,
    ],
    ['a service that would need instances', () => it.ecs.send(service({})), 'InvalidParameterException', /launch_type EC2/],
    ['a cluster that there is not', () => it.ecs.send(service({ ...onSpot, cluster: 'nowhere' })), 'ClusterNotFoundException', /Cluster not found/],
    [
      'a container that the task definition lacks',
      () => it.ecs.send(balanced('nginx', 8080)),
      'InvalidParameterException',
      /container nginx does not exist/,
    ],
    ['a port that the container lacks', () => it.ecs.send(balanced('app', 81)), 'InvalidParameterException', /did not have a container port 81/],
    [
      'a target group that there is not',
      () => it.ecs.send(service({ ...onSpot, loadBalancers: [{ targetGroupArn: 'arn:x', containerName: 'app', containerPort: 8080 }] })),
      'InvalidParameterException',
      /arn:x does not exist/,
    ],
    [
      'a grace period without a load balancer',
      () => it.ecs.send(service({ ...onSpot, healthCheckGracePeriodSeconds: 5 })),
      'InvalidParameterException',
      /Health check grace period/,
    ],
    [
      'a second service of a name',
      () => it.ecs.send(service({ ...onSpot, serviceName: 'api', desiredCount: 5 })),
      'InvalidParameterException',
      /not idempotent/,
    ],
    [
      'another strategy without a new deployment',
      () =>
        it.ecs.send(
          new UpdateServiceCommand({ cluster: 'web', service: 'api', capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }] }),
        ),
      'InvalidParameterException',
      /you must force a new deployment/,
    ],
    [
      'a deployment that may keep less than nothing',
      () => it.ecs.send(service({ ...onSpot, deploymentConfiguration: { minimumHealthyPercent: -1 } })),
      'InvalidParameterException',
      /minimumHealthyPercent/,
    ],
    [
      'an update of a service that there is not',
      () => it.ecs.send(new UpdateServiceCommand({ cluster: 'web', service: 'nothing' })),
      'ServiceNotFoundException',
      /Service not found/,
    ],
    [
      'the description of eleven services',
      () => it.ecs.send(new DescribeServicesCommand({ cluster: 'web', services: Array.from({ length: 11 }, String) })),
      'InvalidParameterException',
      /more than 10/,
    ],
    [
      'the description of 101 tasks',
      () => it.ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: Array.from({ length: 101 }, String) })),
      'InvalidParameterException',
      /more than 100/,
    ],
    [
      'a list of tasks of a service that there is not',
      () => it.ecs.send(new ListTasksCommand({ cluster: 'web', serviceName: 'nothing' })),
      'ServiceNotFoundException',
      /Service not found/,
    ],
    [
      'a token that no page gave',
      () => it.ecs.send(new ListServicesCommand({ cluster: 'web', nextToken: 'x' })),
      'InvalidParameterException',
      /Invalid token/,
    ],
    [
      'the end of a task that there is not',
      () => it.ecs.send(new StopTaskCommand({ cluster: 'web', task: 'nothing' })),
      'InvalidParameterException',
      /referenced task was not found/,
    ],
    [
      'eleven tasks at once',
      () =>
        it.ecs.send(
          new RunTaskCommand({ cluster: 'web', taskDefinition: 'sleeper', count: 11, launchType: 'FARGATE', networkConfiguration: NETWORK }),
        ),
      'InvalidParameterException',
      /from 1 to 10/,
    ],
    [
      'the protection of eleven tasks',
      () => it.ecs.send(new UpdateTaskProtectionCommand({ cluster: 'web', tasks: Array.from({ length: 11 }, String), protectionEnabled: true })),
      'InvalidParameterException',
      /more than 10/,
    ],
    [
      'a protection longer than two days',
      () => it.ecs.send(new UpdateTaskProtectionCommand({ cluster: 'web', tasks: ['x'], protectionEnabled: true, expiresInMinutes: 2881 })),
      'InvalidParameterException',
      /1 to 2880/,
    ],
    [
      'a tag with a key of AWS',
      () =>
        it.ecs.send(new TagResourceCommand({ resourceArn: 'arn:aws:ecs:us-east-1:111122223333:cluster/web', tags: [{ key: 'aws:x', value: '' }] })),
      'InvalidParameterException',
      /reserved/,
    ],
    [
      'a tag for nothing',
      () => it.ecs.send(new TagResourceCommand({ resourceArn: 'arn:aws:ecs:us-east-1:111122223333:cluster/x', tags: [] })),
      'InvalidParameterException',
      /was not found/,
    ],
    [
      'the end of a cluster with services',
      () => it.ecs.send(new DeleteClusterCommand({ cluster: 'web' })),
      'ClusterContainsServicesException',
      /while Services are active/,
    ],
    [
      'the loss of a provider in use',
      () =>
        it.ecs.send(new PutClusterCapacityProvidersCommand({ cluster: 'web', capacityProviders: ['FARGATE'], defaultCapacityProviderStrategy: [] })),
      'ResourceInUseException',
      /FARGATE_SPOT is in use/,
    ],
    ['a stop timeout of five minutes', () => it.ecs.send(definition({ stopTimeout: 300 })), 'ClientException', /stopTimeout/],
    ['a container without an image', () => it.ecs.send(definition({ image: undefined })), 'ClientException', /image should not be null/],
    ['a container without a command of this machine', () => it.ecs.send(definition({ command: [] })), 'ClientException', /has no command/],
    [
      'a host port of its own',
      () => it.ecs.send(definition({ portMappings: [{ containerPort: 80, hostPort: 81 }] })),
      'ClientException',
      /must match/,
    ],
    ['a size that Fargate does not have', () => it.ecs.send(definition({}, { memory: '4096' })), 'ClientException', /256 CPU, 4096 memory/],
    ['the network of a bridge', () => it.ecs.send(definition({}, { networkMode: 'bridge' })), 'ClientException', /awsvpc/],
  ];
  for (const [what, call, name, message] of ECS) test(`refuses ${what}`, () => assert.rejects(call(), { name, message }));

  const ELB: readonly (readonly [string, () => Promise<unknown>, string, RegExp])[] = [
    [
      'a load balancer in one zone',
      () => it.elb.send(new CreateLoadBalancerCommand({ Name: 'one', Subnets: ['subnet-us-east-1a'] })),
      'ValidationError',
      /two different Availability Zones/,
    ],
    [
      'a second load balancer of a name with other settings',
      () => it.elb.send(new CreateLoadBalancerCommand({ Name: 'web', Subnets: ['subnet-us-east-1a', 'subnet-us-east-1c'] })),
      'DuplicateLoadBalancerNameException',
      /different settings/,
    ],
    [
      'a target group without a port',
      () => it.elb.send(new CreateTargetGroupCommand({ Name: 'x', Protocol: 'HTTP', VpcId: 'v' })),
      'ValidationError',
      /port must be specified/,
    ],
    [
      'a health check that takes longer than its interval',
      () =>
        it.elb.send(
          new ModifyTargetGroupCommand({ TargetGroupArn: front.targetGroupArn, HealthCheckTimeoutSeconds: 5, HealthCheckIntervalSeconds: 5 }),
        ),
      'ValidationError',
      /smaller than the interval/,
    ],
    [
      'a deregistration delay of 9999 s',
      () =>
        it.elb.send(
          new ModifyTargetGroupAttributesCommand({
            TargetGroupArn: front.targetGroupArn,
            Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '9999' }],
          }),
        ),
      'ValidationError',
      /between '0' and '3600'/,
    ],
    [
      'a mistyped attribute',
      () =>
        it.elb.send(
          new ModifyTargetGroupAttributesCommand({
            TargetGroupArn: front.targetGroupArn,
            Attributes: [{ Key: 'deregistration_delay.timeout', Value: '1' }],
          }),
        ),
      'ValidationError',
      /not recognized/,
    ],
    [
      'a target group that there is not',
      () => it.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: 'arn:x' })),
      'TargetGroupNotFoundException',
      /not found/,
    ],
    [
      'the end of a target group in use',
      () => it.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: front.targetGroupArn })),
      'ResourceInUseException',
      /currently in use/,
    ],
    [
      'a second listener on a port',
      () =>
        it.elb.send(
          new CreateListenerCommand({
            LoadBalancerArn: front.loadBalancerArn,
            Protocol: 'HTTP',
            Port: Number(new URL(front.url).port),
            DefaultActions: [{ Type: 'forward', TargetGroupArn: front.targetGroupArn }],
          }),
        ),
      'DuplicateListenerException',
      /already exists on this port/,
    ],
    [
      'a target that nothing here can reach',
      () => it.elb.send(new RegisterTargetsCommand({ TargetGroupArn: front.targetGroupArn, Targets: [{ Id: '10.200.0.1' }] })),
      'InvalidTargetException',
      /10\.200\.0\.1/,
    ],
  ];
  for (const [what, call, name, message] of ELB) test(`refuses ${what}`, () => assert.rejects(call(), { name, message }));

  const TARGET = { ServiceNamespace: 'ecs', ResourceId: 'service/web/api', ScalableDimension: 'ecs:service:DesiredCount' } as const;

  test('takes the deregistration of a target that is not there for done', async () => {
    const { $metadata } = await it.elb.send(
      new DeregisterTargetsCommand({ TargetGroupArn: front.targetGroupArn, Targets: [{ Id: '10.0.0.9', Port: 1 }] }),
    );

    assert.equal($metadata.httpStatusCode, 200);
  });

  test('names what is missing instead of failing', async () => {
    const { services, failures } = await it.ecs.send(new DescribeServicesCommand({ cluster: 'web', services: ['api', 'nothing'] }));

    assert.deepEqual(
      [services?.map(({ serviceName }) => serviceName), failures],
      [['api'], [{ arn: 'arn:aws:ecs:us-east-1:111122223333:service/web/nothing', reason: 'MISSING' }]],
    );
  });

  test('pulls the desired count inside the bounds of a scalable target, also when a call names neither', async () => {
    await it.scaling.send(new RegisterScalableTargetCommand({ ...TARGET, MinCapacity: 1, MaxCapacity: 4 }));
    const desired = async (): Promise<number | undefined> =>
      (await it.ecs.send(new DescribeServicesCommand({ cluster: 'web', services: ['api'] }))).services?.[0]?.desiredCount;
    assert.equal(await desired(), 1);
    await it.ecs.send(new UpdateServiceCommand({ cluster: 'web', service: 'api', desiredCount: 0 }));

    await it.scaling.send(new RegisterScalableTargetCommand({ ...TARGET, SuspendedState: { DynamicScalingInSuspended: true } }));

    assert.equal(await desired(), 1);
    const { ScalableTargets } = await it.scaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ResourceIds: [TARGET.ResourceId] }),
    );
    assert.deepEqual(
      ScalableTargets?.map(({ MinCapacity, MaxCapacity, SuspendedState }) => ({ MinCapacity, MaxCapacity, SuspendedState })),
      [
        {
          MinCapacity: 1,
          MaxCapacity: 4,
          SuspendedState: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false },
        },
      ],
    );
    await it.scaling.send(new DeregisterScalableTargetCommand(TARGET));
    await assert.rejects(it.scaling.send(new DeregisterScalableTargetCommand(TARGET)), { name: 'ObjectNotFoundException' });
    await it.ecs.send(new UpdateServiceCommand({ cluster: 'web', service: 'api', desiredCount: 0 }));
  });

  test('keeps an unused connection for longer than a minute, so that its close does not meet the next call of a client', async () => {
    const { headers } = await fetch(it.cloud.url);

    assert.ok(Number(/timeout=(\d+)/.exec(headers.get('keep-alive') ?? '')?.[1]) > 60);
  });

  test('leaves nothing behind of what it refused', async () => {
    const { serviceArns } = await it.ecs.send(new ListServicesCommand({ cluster: 'web' }));

    assert.deepEqual(serviceArns, ['arn:aws:ecs:us-east-1:111122223333:service/web/api']);
  });

  test('lets a service go that wants no task', async () => {
    const { service: deleted } = await it.ecs.send(new DeleteServiceCommand({ cluster: 'web', service: 'api' }));

    assert.match(deleted?.status ?? '', /DRAINING|INACTIVE/);
  });
});
