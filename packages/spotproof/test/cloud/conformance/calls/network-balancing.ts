import type { Call, CallGroup } from '../call.ts';

const GROUP = { Name: 'tcp', Protocol: 'TCP', Port: 7, VpcId: 'vpc-1', TargetType: 'ip' };
const HERE = '127.0.0.1';

/** Comes last, for its listener takes the port that the one of the Application Load Balancer had. */
export const NETWORK_BALANCING: CallGroup = {
  title: 'A Network Load Balancer',
  calls: [
    {
      call: 'elbv2 CreateLoadBalancer',
      input: { Name: 'tcp', Type: 'network', Subnets: ['subnet-us-east-1a'] },
      expect: { answer: { LoadBalancers: [{ LoadBalancerArn: /loadbalancer\/net\/tcp\//, Type: 'network', State: { Code: 'active' } }] } },
      save: { NETWORK_BALANCER: 'LoadBalancers[0].LoadBalancerArn' },
      fact: 'API reference, CreateLoadBalancer: a Network Load Balancer may have subnets from one Availability Zone only',
    },
    {
      call: 'elbv2 CreateLoadBalancer',
      input: { Name: 'tcp', Subnets: ['subnet-us-east-1a', 'subnet-us-east-1b'] },
      expect: { refused: 'DuplicateLoadBalancerName', message: /different settings/ },
      fact: 'API reference, DuplicateLoadBalancerName: the type is a setting too',
    },
    {
      call: 'elbv2 DescribeLoadBalancerAttributes',
      input: { LoadBalancerArn: '$NETWORK_BALANCER' },
      expect: {
        answer: {
          Attributes: {
            '3': { Key: 'deletion_protection.enabled', Value: 'false' },
            '4': { Key: 'dns_record.client_routing_policy', Value: 'any_availability_zone' },
            '6': { Key: 'load_balancing.cross_zone.enabled', Value: 'false' },
          },
        },
      },
      fact: 'API type LoadBalancerAttribute: cross-zone load balancing is off by default for Network Load Balancers',
    },
    {
      call: 'elbv2 ModifyLoadBalancerAttributes',
      input: { LoadBalancerArn: '$NETWORK_BALANCER', Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '60' }] },
      expect: { refused: 'ValidationError', message: /not recognized/ },
      fact: 'API type LoadBalancerAttribute: the idle timeout of HTTP is an attribute of Application Load Balancers only',
    },
    {
      call: 'elbv2 CreateTargetGroup',
      input: GROUP,
      expect: {
        answer: {
          TargetGroups: [
            {
              Protocol: 'TCP',
              ProtocolVersion: null,
              HealthCheckProtocol: 'TCP',
              HealthCheckPath: null,
              Matcher: null,
              HealthCheckIntervalSeconds: 30,
              HealthCheckTimeoutSeconds: 10,
              HealthyThresholdCount: 5,
              UnhealthyThresholdCount: 2,
            },
          ],
        },
      },
      save: { TCP_GROUP: 'TargetGroups[0].TargetGroupArn' },
      fact: 'API reference, CreateTargetGroup: health checks by TCP with a timeout of 10 s by default',
    },
    {
      call: 'elbv2 CreateTargetGroup',
      input: { ...GROUP, Name: 'checked-by-http', HealthCheckProtocol: 'HTTP' },
      expect: {
        answer: {
          TargetGroups: [{ HealthCheckProtocol: 'HTTP', HealthCheckPath: '/', HealthCheckTimeoutSeconds: 6, Matcher: { HttpCode: '200-399' } }],
        },
      },
      save: { HTTP_CHECKED_GROUP: 'TargetGroups[0].TargetGroupArn' },
      fact: 'API type Matcher: 200-399 by default for Network Load Balancers; CreateTargetGroup: a timeout of 6 s for HTTP',
    },
    group({ HealthCheckIntervalSeconds: 5 }, /smaller than or equal to the interval/, 'User guide, health checks: the timeout of 10 s is longer'),
    group(
      { ProtocolVersion: 'HTTP1' },
      /ProtocolVersion|Protocol version/,
      'API reference, CreateTargetGroup: a protocol version for HTTP and HTTPS',
    ),
    group({ HealthCheckPath: '/' }, /path and matcher/, 'API reference, CreateTargetGroup: a path for health checks by HTTP and HTTPS'),
    group({ HealthCheckProtocol: 'UDP' }, /'TCP, HTTPS, HTTP'/, 'API reference, CreateTargetGroup: UDP is not supported for health checks'),
    group(
      { Protocol: 'HTTP', HealthCheckProtocol: 'TCP' },
      /'HTTPS, HTTP'/,
      'API reference, CreateTargetGroup: health checks by TCP are not supported if the protocol of the group is HTTP or HTTPS',
    ),
    {
      call: 'elbv2 CreateTargetGroup',
      input: { ...GROUP, Name: 'udp', Protocol: 'UDP' },
      expect: { refused: 'InvalidConfigurationRequest', message: /or TCP, for network load balancers, got UDP/ },
      fact: 'API reference, CreateTargetGroup: TCP, TLS, UDP, TCP_UDP, QUIC or TCP_QUIC',
      differs: 'AWS makes it; here only TCP is carried.',
    },
    {
      call: 'elbv2 DescribeTargetGroupAttributes',
      input: { TargetGroupArn: '$TCP_GROUP' },
      expect: {
        answer: {
          Attributes: {
            '0': { Key: 'deregistration_delay.connection_termination.enabled', Value: 'false' },
            '1': { Key: 'deregistration_delay.timeout_seconds', Value: '300' },
            '3': { Key: 'preserve_client_ip.enabled', Value: 'false' },
            '4': { Key: 'proxy_protocol_v2.enabled', Value: 'false' },
            '11': { Key: 'target_health_state.unhealthy.connection_termination.enabled', Value: 'true' },
          },
        },
      },
      fact: 'API type TargetGroupAttribute: connections outlive a deregistration, those of an unhealthy target are terminated',
    },
    attribute('load_balancing.algorithm.type', 'round_robin', 'only for Application Load Balancers'),
    attribute('proxy_protocol_v2.enabled', 'yes', 'true or false'),
    {
      call: 'elbv2 ModifyTargetGroupAttributes',
      input: { TargetGroupArn: '$TCP_GROUP', Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '120' }] },
      expect: { answer: {} },
      fact: 'User guide, deregistration delay of Network Load Balancers: at least 120 s are recommended',
    },
    {
      call: 'elbv2 CreateListener',
      input: listener({ Protocol: 'HTTP' }),
      expect: { refused: 'ValidationError', message: /must be one of 'TLS, TCP, TCP_UDP, UDP'/ },
      fact: 'API reference, CreateListener: TCP, TLS, UDP, TCP_UDP, QUIC or TCP_QUIC for a Network Load Balancer',
    },
    {
      call: 'elbv2 CreateListener',
      input: listener({ Protocol: 'TLS' }),
      expect: { refused: 'InvalidConfigurationRequest', message: /of protocol TCP here, got TLS/ },
      fact: 'API reference, CreateListener: TLS ends at the listener',
      differs: 'AWS makes it, given a certificate; here only TCP is carried.',
    },
    {
      call: 'elbv2 CreateListener',
      input: listener({ DefaultActions: [{ Type: 'forward', TargetGroupArn: '$SPARE_GROUP' }] }),
      expect: { refused: 'IncompatibleProtocols', message: /incompatible protocols/ },
      fact: 'API reference, IncompatibleProtocols: a group of protocol HTTP is for Application Load Balancers',
    },
    {
      call: 'elbv2 CreateListener',
      input: listener({}),
      expect: { answer: { Listeners: [{ ListenerArn: /listener\/net\/tcp\//, Protocol: 'TCP', DefaultActions: [{ Type: 'forward' }] }] } },
      save: { TCP_LISTENER: 'Listeners[0].ListenerArn' },
      fact: 'API reference, CreateListener',
    },
    {
      call: 'elbv2 DescribeListenerAttributes',
      input: { ListenerArn: '$TCP_LISTENER' },
      expect: { answer: { Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '350' }] } },
      fact: 'API type ListenerAttribute: a TCP connection that is silent for 350 s is forgotten',
    },
    {
      call: 'elbv2 ModifyListenerAttributes',
      input: { ListenerArn: '$TCP_LISTENER', Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '59' }] },
      expect: { refused: 'ValidationError', message: /between '60' and '6000'/ },
      fact: 'API type ListenerAttribute: tcp.idle_timeout.seconds from 60 to 6000',
    },
    {
      call: 'elbv2 ModifyListenerAttributes',
      input: { ListenerArn: '$TCP_LISTENER', Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '60' }] },
      expect: { answer: { Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '60' }] } },
      fact: 'API reference, ModifyListenerAttributes',
    },
    {
      call: 'elbv2 RegisterTargets',
      input: { TargetGroupArn: '$TCP_GROUP', Targets: [{ Id: HERE, Port: 9 }] },
      expect: { answer: {} },
      fact: 'API reference, RegisterTargets',
    },
    {
      call: 'elbv2 DeregisterTargets',
      input: { TargetGroupArn: '$TCP_GROUP', Targets: [{ Id: HERE, Port: 9 }] },
      expect: { answer: {} },
      fact: 'API reference, DeregisterTargets',
    },
    {
      call: 'elbv2 DescribeTargetHealth',
      input: { TargetGroupArn: '$TCP_GROUP' },
      expect: { answer: { TargetHealthDescriptions: [{ TargetHealth: { State: 'draining', Reason: 'Target.DeregistrationInProgress' } }] } },
      fact: 'User guide, target health of Network Load Balancers: draining until the delay is over',
    },
    {
      call: 'elbv2 DeleteLoadBalancer',
      input: { LoadBalancerArn: '$NETWORK_BALANCER' },
      expect: { answer: {} },
      fact: 'API reference, DeleteLoadBalancer: its listeners go with it',
    },
    ...['$TCP_GROUP', '$HTTP_CHECKED_GROUP'].map((TargetGroupArn): Call => ({
      call: 'elbv2 DeleteTargetGroup',
      input: { TargetGroupArn },
      expect: { answer: {} },
      fact: 'API reference, DeleteTargetGroup: not in use any more',
    })),
  ],
};

function group(input: object, message: RegExp, fact: string): Call {
  return { call: 'elbv2 CreateTargetGroup', input: { ...GROUP, Name: 'bad', ...input }, expect: { refused: 'ValidationError', message }, fact };
}

function attribute(Key: string, Value: string, fact: string): Call {
  return {
    call: 'elbv2 ModifyTargetGroupAttributes',
    input: { TargetGroupArn: '$TCP_GROUP', Attributes: [{ Key, Value }] },
    expect: { refused: 'ValidationError', message: /not recognized|'true', 'false'/ },
    fact: `API type TargetGroupAttribute, ${Key}: ${fact}`,
  };
}

function listener(input: object): object {
  return {
    LoadBalancerArn: '$NETWORK_BALANCER',
    Protocol: 'TCP',
    Port: '$PORT',
    DefaultActions: [{ Type: 'forward', TargetGroupArn: '$TCP_GROUP' }],
    ...input,
  };
}
