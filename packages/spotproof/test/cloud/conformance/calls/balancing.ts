import type { Call, CallGroup } from '../call.ts';

const SUBNETS = ['subnet-us-east-1a', 'subnet-us-east-1b'];
const GROUP = { Name: 'web', Protocol: 'HTTP', Port: 80, VpcId: 'vpc-1', TargetType: 'ip' };
const HERE = '127.0.0.1';

export const BALANCING: CallGroup = {
  title: 'Load balancers, target groups, listeners and targets',
  calls: [
    {
      call: 'elbv2 CreateLoadBalancer',
      input: { Name: 'web', Subnets: SUBNETS },
      expect: {
        answer: {
          LoadBalancers: [
            { LoadBalancerName: 'web', Type: 'application', Scheme: 'internet-facing', IpAddressType: 'ipv4', State: { Code: 'active' } },
          ],
        },
      },
      save: { LOAD_BALANCER: 'LoadBalancers[0].LoadBalancerArn', HOST: 'LoadBalancers[0].DNSName' },
      fact: 'API reference, CreateLoadBalancer: the default type is application, the default scheme internet-facing',
    },
    {
      call: 'elbv2 CreateLoadBalancer',
      input: { Name: 'web', Subnets: SUBNETS },
      expect: { answer: { LoadBalancers: [{ LoadBalancerName: 'web' }] } },
      fact: 'API reference, CreateLoadBalancer: idempotent with the same settings',
    },
    {
      call: 'elbv2 CreateLoadBalancer',
      input: { Name: 'web', Subnets: ['subnet-us-east-1a', 'subnet-us-east-1c'] },
      expect: { refused: 'DuplicateLoadBalancerName', message: /different settings/ },
      fact: 'API reference, DuplicateLoadBalancerName',
    },
    {
      call: 'elbv2 CreateLoadBalancer',
      input: { Name: 'one', Subnets: ['subnet-us-east-1a'] },
      expect: { refused: 'ValidationError', message: /two different Availability Zones/ },
      fact: 'API reference, CreateLoadBalancer: subnets from at least two Availability Zones',
    },
    {
      call: 'elbv2 CreateLoadBalancer',
      input: { Name: 'internal-web', Subnets: SUBNETS },
      expect: { refused: 'ValidationError', message: /internal-web/ },
      fact: 'API reference, CreateLoadBalancer: a name must not begin with internal-',
    },
    {
      call: 'elbv2 CreateLoadBalancer',
      input: { Name: 'appliances', Type: 'gateway', Subnets: SUBNETS },
      expect: { refused: 'InvalidConfigurationRequest', message: /Only application and network load balancers are served here/ },
      fact: 'API reference, CreateLoadBalancer: application, network or gateway',
      differs: 'AWS makes a Gateway Load Balancer; none is served here.',
    },
    {
      call: 'elbv2 DescribeLoadBalancers',
      input: { Names: ['web'] },
      expect: {
        answer: { LoadBalancers: [{ LoadBalancerName: 'web', AvailabilityZones: [{ ZoneName: 'us-east-1a' }, { ZoneName: 'us-east-1b' }] }] },
      },
      fact: 'API reference, DescribeLoadBalancers',
    },
    {
      call: 'elbv2 DescribeLoadBalancers',
      input: { Names: ['nothing'] },
      expect: { refused: 'LoadBalancerNotFound', message: /nothing/ },
      fact: 'API reference, LoadBalancerNotFound',
    },
    {
      call: 'elbv2 ModifyLoadBalancerAttributes',
      input: { LoadBalancerArn: '$LOAD_BALANCER', Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '4001' }] },
      expect: { refused: 'ValidationError', message: /between '1' and '4000'/ },
      fact: 'API type LoadBalancerAttribute: idle_timeout.timeout_seconds from 1 to 4000',
    },
    {
      call: 'elbv2 ModifyLoadBalancerAttributes',
      input: { LoadBalancerArn: '$LOAD_BALANCER', Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] },
      expect: { answer: {} },
      fact: 'API type LoadBalancerAttribute: deletion_protection.enabled',
    },
    {
      call: 'elbv2 ModifyLoadBalancerAttributes',
      input: { LoadBalancerArn: '$LOAD_BALANCER', Attributes: [{ Key: 'access_logs.s3.enabled', Value: 'true' }] },
      expect: { answer: {} },
      fact: 'API type LoadBalancerAttribute: access_logs.s3.enabled. Here no log is written',
    },
    {
      call: 'elbv2 DeleteLoadBalancer',
      input: { LoadBalancerArn: '$LOAD_BALANCER' },
      expect: { refused: 'OperationNotPermitted', message: /deletion protection/ },
      fact: 'API reference, DeleteLoadBalancer: not while deletion protection is enabled',
    },
    {
      call: 'elbv2 ModifyLoadBalancerAttributes',
      input: { LoadBalancerArn: '$LOAD_BALANCER', Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }] },
      expect: { answer: {} },
      fact: 'API type LoadBalancerAttribute: false is the default',
    },
    {
      call: 'elbv2 CreateTargetGroup',
      input: { ...GROUP, HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2 },
      expect: {
        answer: {
          TargetGroups: [
            {
              TargetGroupName: 'web',
              TargetType: 'ip',
              ProtocolVersion: 'HTTP1',
              HealthCheckPath: '/',
              HealthCheckPort: 'traffic-port',
              HealthyThresholdCount: 5,
              UnhealthyThresholdCount: 2,
              Matcher: { HttpCode: '200' },
            },
          ],
        },
      },
      save: { TARGET_GROUP: 'TargetGroups[0].TargetGroupArn' },
      fact: 'API reference, CreateTargetGroup: the defaults of a health check are thresholds 5 and 2, path /, code 200',
    },
    {
      call: 'elbv2 CreateTargetGroup',
      input: { ...GROUP, Name: 'spare' },
      expect: { answer: { TargetGroups: [{ HealthCheckIntervalSeconds: 30, HealthCheckTimeoutSeconds: 5 }] } },
      save: { SPARE_GROUP: 'TargetGroups[0].TargetGroupArn' },
      fact: 'API reference, CreateTargetGroup: an interval of 30 s and a timeout of 5 s by default',
    },
    {
      call: 'elbv2 CreateTargetGroup',
      input: { ...GROUP, Port: 81 },
      expect: { refused: 'DuplicateTargetGroupName', message: /different settings/ },
      fact: 'API reference, DuplicateTargetGroupName',
    },
    group({ Port: undefined }, /port must be specified/, 'API reference, CreateTargetGroup: a port unless the targets are functions'),
    group({ Protocol: undefined }, /protocol must be specified/, 'API reference, CreateTargetGroup: a protocol unless the targets are functions'),
    group({ VpcId: undefined }, /VPC ID must be specified/, 'API reference, CreateTargetGroup: a VPC unless the targets are functions'),
    group({ Name: 'under_score' }, /under_score/, 'API reference, CreateTargetGroup: letters, numbers and hyphens'),
    group(
      { HealthCheckTimeoutSeconds: 10, HealthCheckIntervalSeconds: 10 },
      /smaller than the interval/,
      'User guide, health checks: the timeout must be smaller than the interval',
    ),
    group({ HealthCheckIntervalSeconds: 301 }, /301/, 'Service model, HealthCheckIntervalSeconds: 5 to 300 s'),
    group({ HealthyThresholdCount: 11 }, /11/, 'Service model, HealthCheckThresholdCount: 2 to 10'),
    { ...group({ HealthCheckIntervalSeconds: 4 }, /4/, 'Service model, HealthCheckIntervalSeconds: 5 to 300 s'), refusedByCli: true },
    { ...group({ HealthCheckTimeoutSeconds: 1 }, /1/, 'Service model, HealthCheckTimeoutSeconds: 2 to 120 s'), refusedByCli: true },
    {
      call: 'elbv2 DescribeTargetGroups',
      input: { Names: ['nothing'] },
      expect: { refused: 'TargetGroupNotFound', message: /not found/ },
      fact: 'API reference, TargetGroupNotFound',
    },
    {
      call: 'elbv2 DescribeTargetGroupAttributes',
      input: { TargetGroupArn: '$TARGET_GROUP' },
      expect: { answer: { Attributes: { '0': { Key: 'deregistration_delay.timeout_seconds', Value: '300' } } } },
      fact: 'API type TargetGroupAttribute: the deregistration delay is 300 s by default, longer than a Spot notice',
    },
    attribute('deregistration_delay.timeout_seconds', '3601', /between '0' and '3600'/, '0 to 3600 s'),
    attribute('deregistration_delay.timeout_seconds', '-1', /between '0' and '3600'/, '0 to 3600 s'),
    attribute('deregistration_delay.timeout_seconds', '90s', /between '0' and '3600'/, 'a number of seconds'),
    attribute('deregistration_delay.timeout', '90', /not recognized/, 'an unknown key is refused'),
    attribute('load_balancing.algorithm.type', 'random', /round_robin/, 'round_robin, least_outstanding_requests or weighted_random'),
    {
      call: 'elbv2 ModifyTargetGroupAttributes',
      input: { TargetGroupArn: '$TARGET_GROUP', Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '5' }] },
      expect: { answer: {} },
      fact: 'Knowledge centre, Fargate Spot: the delay must be less than two minutes',
    },
    {
      call: 'elbv2 ModifyTargetGroup',
      input: { TargetGroupArn: '$TARGET_GROUP', HealthCheckPath: '/healthz', Matcher: { HttpCode: '200-299' } },
      expect: { answer: { TargetGroups: [{ HealthCheckPath: '/healthz', Matcher: { HttpCode: '200-299' }, HealthCheckIntervalSeconds: 5 }] } },
      fact: 'API reference, ModifyTargetGroup: what is not named stays',
    },
    {
      call: 'elbv2 CreateListener',
      input: {
        LoadBalancerArn: '$LOAD_BALANCER',
        Protocol: 'HTTP',
        Port: '$PORT',
        DefaultActions: [{ Type: 'forward', TargetGroupArn: '$TARGET_GROUP' }],
      },
      expect: { answer: { Listeners: [{ Protocol: 'HTTP', DefaultActions: [{ Type: 'forward' }] }] } },
      save: { LISTENER: 'Listeners[0].ListenerArn' },
      fact: 'API reference, CreateListener',
    },
    {
      call: 'elbv2 CreateListener',
      input: {
        LoadBalancerArn: '$LOAD_BALANCER',
        Protocol: 'HTTP',
        Port: '$PORT',
        DefaultActions: [{ Type: 'forward', TargetGroupArn: '$SPARE_GROUP' }],
      },
      expect: { refused: 'DuplicateListener', message: /already exists on this port/ },
      fact: 'API reference, DuplicateListener',
    },
    {
      call: 'elbv2 CreateListener',
      input: {
        LoadBalancerArn: '$LOAD_BALANCER',
        Protocol: 'HTTPS',
        Port: 8443,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: '$TARGET_GROUP' }],
      },
      expect: { refused: 'ValidationError', message: /certificate/ },
      fact: 'API reference, CreateListener: an HTTPS listener needs a certificate',
    },
    {
      call: 'elbv2 CreateListener',
      input: {
        LoadBalancerArn: '$LOAD_BALANCER',
        Protocol: 'TCP',
        Port: 8444,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: '$TARGET_GROUP' }],
      },
      expect: { refused: 'ValidationError', message: /HTTP/ },
      fact: 'API reference, CreateListener: HTTP or HTTPS for an Application Load Balancer',
    },
    {
      call: 'elbv2 DescribeListeners',
      input: { LoadBalancerArn: '$LOAD_BALANCER' },
      expect: { answer: { Listeners: [{ Protocol: 'HTTP' }] } },
      fact: 'API reference, DescribeListeners',
    },
    {
      call: 'elbv2 DescribeTargetGroups',
      input: { LoadBalancerArn: '$LOAD_BALANCER' },
      expect: { answer: { TargetGroups: [{ TargetGroupName: 'web', LoadBalancerArns: [/loadbalancer\/app\/web\//] }] } },
      fact: 'API reference, DescribeTargetGroups: those that a load balancer uses',
    },
    {
      call: 'elbv2 RegisterTargets',
      input: { TargetGroupArn: '$TARGET_GROUP', Targets: [{ Id: HERE, Port: 9 }] },
      expect: { answer: {} },
      fact: 'API reference, RegisterTargets: a target may be registered with a port of its own',
    },
    {
      call: 'elbv2 RegisterTargets',
      input: { TargetGroupArn: '$TARGET_GROUP', Targets: [{ Id: '10.200.0.1' }] },
      expect: { refused: 'InvalidTarget', message: /10\.200\.0\.1/ },
      fact: 'API reference, InvalidTarget: not in the network of the target group',
    },
    {
      call: 'elbv2 DescribeTargetHealth',
      input: { TargetGroupArn: '$TARGET_GROUP', Targets: [{ Id: HERE, Port: 10 }] },
      expect: { answer: { TargetHealthDescriptions: [{ TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered' } }] } },
      fact: 'API type TargetHealth: unused, Target.NotRegistered',
    },
    {
      call: 'elbv2 DeregisterTargets',
      input: { TargetGroupArn: '$TARGET_GROUP', Targets: [{ Id: '10.0.0.9' }] },
      expect: { answer: {} },
      fact: 'API reference, DeregisterTargets: "If the specified target does not exist, the action returns successfully"',
    },
    {
      call: 'elbv2 DeregisterTargets',
      input: { TargetGroupArn: '$TARGET_GROUP', Targets: [{ Id: HERE }] },
      expect: { answer: {} },
      fact: 'The same with a port that it is not registered with: nothing is deregistered, and nothing is said',
    },
    {
      call: 'elbv2 DescribeTargetHealth',
      input: { TargetGroupArn: '$TARGET_GROUP' },
      expect: { answer: { TargetHealthDescriptions: [{ Target: { Id: HERE, Port: 9 }, TargetHealth: { State: /initial|unhealthy/ } }] } },
      fact: 'It is still registered',
    },
    {
      call: 'elbv2 DeregisterTargets',
      input: { TargetGroupArn: '$TARGET_GROUP', Targets: [{ Id: HERE, Port: 9 }] },
      expect: { answer: {} },
      fact: 'API reference, DeregisterTargets: by the port with which it was registered',
    },
    {
      call: 'elbv2 DescribeTargetHealth',
      input: { TargetGroupArn: '$TARGET_GROUP' },
      expect: { answer: { TargetHealthDescriptions: [{ TargetHealth: { State: 'draining', Reason: 'Target.DeregistrationInProgress' } }] } },
      fact: 'User guide, deregistration delay: draining until the delay is over, also when nothing is in flight',
    },
    {
      call: 'elbv2 DeregisterTargets',
      input: { TargetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/nothing/0123456789abcdef', Targets: [{ Id: HERE }] },
      expect: { refused: 'TargetGroupNotFound', message: /not found/ },
      fact: 'API reference, TargetGroupNotFound',
    },
    {
      call: 'elbv2 AddTags',
      input: { ResourceArns: ['$TARGET_GROUP'], Tags: [{ Key: 'team', Value: 'shop' }] },
      expect: { answer: {} },
      fact: 'API reference, AddTags',
    },
    {
      call: 'elbv2 DescribeTags',
      input: { ResourceArns: ['$TARGET_GROUP'] },
      expect: { answer: { TagDescriptions: [{ Tags: [{ Key: 'team', Value: 'shop' }] }] } },
      fact: 'API reference, DescribeTags',
    },
    {
      call: 'elbv2 AddTags',
      input: {
        ResourceArns: ['arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/nothing/0123456789abcdef'],
        Tags: [{ Key: 'team', Value: 'shop' }],
      },
      expect: { refused: 'TargetGroupNotFound', message: /not found/ },
      fact: 'API reference, AddTags: the resource must be there',
    },
    {
      call: 'elbv2 RemoveTags',
      input: { ResourceArns: ['$TARGET_GROUP'], TagKeys: ['team'] },
      expect: { answer: {} },
      fact: 'API reference, RemoveTags',
    },
    {
      call: 'elbv2 DescribeTags',
      input: { ResourceArns: ['$TARGET_GROUP'] },
      expect: { answer: { TagDescriptions: [{ Tags: [] }] } },
      fact: 'API reference, RemoveTags: they are gone',
    },
    {
      call: 'elbv2 DeleteTargetGroup',
      input: { TargetGroupArn: '$TARGET_GROUP' },
      expect: { refused: 'ResourceInUse', message: /in use/ },
      fact: 'API reference, DeleteTargetGroup: not while a listener forwards to it',
    },
  ],
};

function group(input: object, message: RegExp, fact: string): Call {
  return {
    call: 'elbv2 CreateTargetGroup',
    input: without({ ...GROUP, Name: 'bad', ...input }),
    expect: { refused: 'ValidationError', message },
    fact,
  };
}

function attribute(Key: string, Value: string, message: RegExp, fact: string): Call {
  return {
    call: 'elbv2 ModifyTargetGroupAttributes',
    input: { TargetGroupArn: '$TARGET_GROUP', Attributes: [{ Key, Value }] },
    expect: { refused: 'ValidationError', message },
    fact: `API type TargetGroupAttribute, ${Key}: ${fact}`,
  };
}

/** Without the members that are undefined: a line for the CLI has none. */
function without(input: object): object {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}
