import type { Call, CallGroup } from '../call.ts';

const NETWORK = { awsvpcConfiguration: { subnets: ['subnet-us-east-1a', 'subnet-us-east-1b'] } };
const ON_SPOT = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
const ON_DEMAND = [{ capacityProvider: 'FARGATE', weight: 1 }];
const SERVICE = { cluster: 'web', taskDefinition: 'web', desiredCount: 0, networkConfiguration: NETWORK };
const MUST_FORCE = /you must force a new deployment/;

export const SERVICES: CallGroup = {
  title: 'Services',
  calls: [
    {
      call: 'ecs CreateService',
      input: {
        ...SERVICE,
        serviceName: 'api',
        capacityProviderStrategy: ON_SPOT,
        loadBalancers: [{ targetGroupArn: '$TARGET_GROUP', containerName: 'app', containerPort: 8080 }],
        healthCheckGracePeriodSeconds: 30,
      },
      expect: {
        answer: {
          service: {
            status: 'ACTIVE',
            desiredCount: 0,
            runningCount: 0,
            launchType: null,
            capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1, base: 0 }],
            deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
            healthCheckGracePeriodSeconds: 30,
            schedulingStrategy: 'REPLICA',
            deployments: [{ status: 'PRIMARY' }],
          },
        },
      },
      fact: 'API reference, DeploymentConfiguration: 100 and 200 percent by default; a strategy stands instead of a launch type',
    },
    {
      call: 'ecs CreateService',
      input: {
        ...SERVICE,
        serviceName: 'mixed',
        capacityProviderStrategy: [
          { capacityProvider: 'FARGATE', base: 1 },
          { capacityProvider: 'FARGATE_SPOT', weight: 4 },
        ],
      },
      expect: {
        answer: {
          service: {
            capacityProviderStrategy: [
              { capacityProvider: 'FARGATE', weight: 0, base: 1 },
              { capacityProvider: 'FARGATE_SPOT', weight: 4, base: 0 },
            ],
          },
        },
      },
      fact: 'API reference, CapacityProviderStrategyItem: a weight that is not given is 0',
    },
    {
      call: 'ecs CreateService',
      input: { ...SERVICE, cluster: 'default', serviceName: 'by-default' },
      expect: { answer: { service: { launchType: null, capacityProviderStrategy: ON_SPOT } } },
      fact: 'API reference, CreateService: with neither, the default strategy of the cluster is used',
    },
    {
      call: 'ecs CreateService',
      input: { ...SERVICE, cluster: 'default', serviceName: 'never-on-spot', launchType: 'FARGATE' },
      expect: { answer: { service: { launchType: 'FARGATE', capacityProviderStrategy: null } } },
      fact: 'API reference, CreateService: with a launch type, the default strategy is not looked at; FARGATE is On-Demand',
    },
    {
      call: 'ecs CreateService',
      input: {
        ...SERVICE,
        serviceName: 'alarmed',
        launchType: 'FARGATE',
        deploymentConfiguration: { alarms: { alarmNames: ['errors'], enable: true, rollback: true } },
      },
      expect: { refused: 'UnsupportedFeatureException', message: /CloudWatch alarms is not served here/ },
      fact: 'API reference, DeploymentAlarms',
      differs: 'AWS fails the deployment when the alarm goes off; here there is no CloudWatch.',
    },
    {
      call: 'ecs CreateService',
      input: { cluster: 'web', serviceName: 'of-nothing', desiredCount: 1, launchType: 'FARGATE' },
      expect: { refused: 'InvalidParameterException', message: /TaskDefinition can not be blank/ },
      fact: 'API reference, CreateService: the task definition is required with the deployment controller ECS',
    },
    {
      call: 'ecs CreateService',
      input: { ...SERVICE, serviceName: 'badly-tagged', launchType: 'FARGATE', tags: [{ key: 'aws:team', value: 'shop' }] },
      expect: { refused: 'InvalidParameterException', message: /reserved/ },
      fact: 'API type Tag: keys with the prefix aws: are reserved',
    },
    {
      call: 'ecs DescribeServices',
      input: { cluster: 'web', services: ['badly-tagged'] },
      expect: { answer: { services: [], failures: [{ reason: 'MISSING' }] } },
      fact: 'API reference, CreateService: what is refused is not there',
    },
    {
      call: 'ecs CreateService',
      input: { ...SERVICE, serviceName: 'twin', launchType: 'FARGATE' },
      expect: { answer: { service: { launchType: 'FARGATE', desiredCount: 0 } } },
      fact: 'API reference, CreateService: no task is a desired count like any other',
    },
    {
      call: 'ecs CreateService',
      input: { ...SERVICE, serviceName: 'twin', launchType: 'FARGATE', desiredCount: 3 },
      expect: { refused: 'InvalidParameterException', message: /not idempotent/ },
      fact: 'API reference, CreateService: a name is taken once in a cluster',
    },
    refused(
      { launchType: 'FARGATE', capacityProviderStrategy: ON_SPOT },
      /both a launch type and capacity provider strategy/,
      'If a strategy is specified, the launch type must be left out',
    ),
    refused(
      {
        capacityProviderStrategy: [
          { capacityProvider: 'FARGATE', weight: 1, base: 1 },
          { capacityProvider: 'FARGATE_SPOT', weight: 1, base: 2 },
        ],
      },
      /[Oo]nly one capacity provider/,
      'Only one provider of a strategy can have a base',
    ),
    refused(
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }] },
      /weight greater than 0/,
      'At least one weight must be greater than 0, and the default is 0',
    ),
    refused(
      {
        capacityProviderStrategy: [
          { capacityProvider: 'FARGATE', weight: 0 },
          { capacityProvider: 'FARGATE_SPOT', weight: 0 },
        ],
      },
      /weight greater than 0/,
      'A strategy of weights that are all 0 fails',
    ),
    refused(
      { capacityProviderStrategy: [{ capacityProvider: 'FARGATE-SPOT', weight: 1 }] },
      /FARGATE-SPOT.*not found/,
      'The names are FARGATE and FARGATE_SPOT',
    ),
    refused(
      { cluster: 'on-demand', capacityProviderStrategy: ON_SPOT },
      /not associated with the cluster/,
      'The provider must be associated with the cluster',
    ),
    refused({}, /launch_type EC2/, 'With neither launch type nor any strategy, EC2 is assumed'),
    refused(
      { launchType: 'FARGATE', networkConfiguration: undefined },
      /Network Configuration must be provided/,
      'awsvpc needs a network configuration',
    ),
    refused({ launchType: 'FARGATE', desiredCount: undefined }, /desired count/i, 'A service with REPLICA needs a desired count'),
    refused({ launchType: 'FARGATE', serviceName: 'two words' }, /255 letters/, 'Up to 255 letters, numbers, underscores and hyphens'),
    refused({ launchType: 'FARGATE', schedulingStrategy: 'DAEMON' }, /daemon/, 'Fargate has no daemons'),
    refused({ launchType: 'FARGATE', placementStrategy: [{ type: 'spread' }] }, /not supported with FARGATE/, 'Fargate has no placement strategies'),
    refused(
      { launchType: 'FARGATE', placementConstraints: [{ type: 'distinctInstance' }] },
      /not supported with FARGATE/,
      'Fargate has no placement constraints',
    ),
    refused({ launchType: 'FARGATE', healthCheckGracePeriodSeconds: 60 }, /grace period/, 'A grace period is for services behind a load balancer'),
    refused(
      { launchType: 'FARGATE', loadBalancers: [{ targetGroupArn: '$TARGET_GROUP', containerName: 'nginx', containerPort: 80 }] },
      /nginx does not exist/,
      'The container must be in the task definition',
    ),
    refused(
      { launchType: 'FARGATE', loadBalancers: [{ targetGroupArn: '$TARGET_GROUP', containerName: 'app', containerPort: 81 }] },
      /container port 81/,
      'The port must be in the task definition',
    ),
    refused(
      { launchType: 'FARGATE', loadBalancers: [{ targetGroupArn: '$SPARE_GROUP', containerName: 'app', containerPort: 8080 }] },
      /associated load balancer/,
      'The target group must be in use by a load balancer',
    ),
    refused(
      { launchType: 'FARGATE', deploymentConfiguration: { minimumHealthyPercent: -1 } },
      /minimumHealthyPercent/,
      'A percentage is not below 0',
    ),
    {
      ...refused({ launchType: 'FARGATE', taskDefinition: 'nothing' }, /TaskDefinition not found/, 'The task definition must be there'),
      expect: { refused: 'ClientException', message: /TaskDefinition not found/ },
    },
    {
      ...refused({}, /inactive/, 'An INACTIVE task definition starts no service'),
      input: { ...SERVICE, serviceName: 'bad', launchType: 'FARGATE', taskDefinition: 'old:1' },
      expect: { refused: 'ClientException', message: /inactive/ },
    },
    {
      call: 'ecs CreateService',
      input: { ...SERVICE, cluster: 'nothing', serviceName: 'bad', launchType: 'FARGATE' },
      expect: { refused: 'ClusterNotFoundException', message: /Cluster not found/ },
      fact: 'API reference, ClusterNotFoundException',
    },
    {
      call: 'ecs CreateService',
      input: { cluster: 'web', taskDefinition: 'web', desiredCount: 0 },
      expect: { refused: 'InvalidParameterException', message: /serviceName.*must not be null/i },
      fact: 'Service model, CreateServiceRequest: serviceName is required',
      refusedByCli: true,
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'api', capacityProviderStrategy: ON_DEMAND },
      expect: { refused: 'InvalidParameterException', message: MUST_FORCE },
      fact: 'Developer guide, Fargate capacity providers: a change of the strategy needs a new deployment',
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'twin', capacityProviderStrategy: ON_SPOT },
      expect: { refused: 'InvalidParameterException', message: MUST_FORCE },
      fact: 'The same from a launch type to a strategy',
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'mixed', capacityProviderStrategy: ON_DEMAND, forceNewDeployment: true },
      expect: {
        answer: { service: { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1, base: 0 }] } },
      },
      fact: 'API reference, UpdateService: with forceNewDeployment it is taken',
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'mixed', deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } },
      expect: { answer: { service: { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } } } },
      fact: 'API reference, DeploymentConfiguration: the circuit breaker',
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'nothing', desiredCount: 1 },
      expect: { refused: 'ServiceNotFoundException', message: /Service not found/ },
      fact: 'API reference, ServiceNotFoundException',
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'api', desiredCount: -1 },
      expect: { refused: 'InvalidParameterException', message: /0 or more/ },
      fact: 'API reference, UpdateService: a number of tasks',
    },
    {
      call: 'ecs UpdateService',
      input: { cluster: 'web', service: 'api', taskDefinition: 'old:1' },
      expect: { refused: 'ClientException', message: /inactive/ },
      fact: 'API reference, DeregisterTaskDefinition: an INACTIVE revision updates no service',
    },
    {
      call: 'ecs DescribeServices',
      input: { cluster: 'web', services: ['api', 'nothing'] },
      expect: { answer: { services: [{ serviceName: 'api' }], failures: [{ arn: /service\/web\/nothing$/, reason: 'MISSING' }] } },
      fact: 'Developer guide, API failure reasons: MISSING',
    },
    {
      call: 'ecs DescribeServices',
      input: { cluster: 'web', services: Array.from({ length: 11 }, (_, index) => `s${index}`) },
      expect: { refused: 'InvalidParameterException', message: /10/ },
      fact: 'API reference, DescribeServices: up to 10 services',
    },
    {
      call: 'ecs ListServices',
      input: { cluster: 'web' },
      expect: { answer: { serviceArns: [/./, /./, /./] } },
      fact: 'API reference, ListServices; what was refused is not there',
    },
    {
      call: 'ecs ListServices',
      input: { cluster: 'web', launchType: 'FARGATE' },
      expect: { answer: { serviceArns: [/service\/web\/twin$/] } },
      fact: 'API reference, ListServices: a service with a strategy has no launch type',
    },
  ],
};

function refused(input: object, message: RegExp, fact: string): Call {
  const all = Object.entries({ ...SERVICE, serviceName: 'bad', ...input }).filter(([, value]) => value !== undefined);
  return {
    call: 'ecs CreateService',
    input: Object.fromEntries(all),
    expect: { refused: 'InvalidParameterException', message },
    fact: `API reference, CreateService: ${fact}`,
  };
}
