import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerDefinition, loadBalancerAttributes, targetGroupAttributes, targetGroupInput } from '../../src/lab-aws/aws-inputs.ts';
import { labOptions } from '../lab/support/lab.ts';

const OPTIONS = labOptions();

test('a run is the target group that its options describe, in the units of AWS', () => {
  const healthCheck = {
    path: '/readyz',
    intervalMs: 5000,
    timeoutMs: 4000,
    healthyThreshold: 2,
    unhealthyThreshold: 3,
    matcher: [200, 299],
  } as const;
  const options = {
    ...OPTIONS,
    balancer: { ...OPTIONS.balancer, algorithm: 'least_outstanding_requests', deregistrationDelayMs: 20_000, healthCheck },
  } as const;

  assert.deepEqual(targetGroupInput(options), {
    Name: 'lab',
    Protocol: 'HTTP',
    ProtocolVersion: 'HTTP1',
    Port: 80,
    VpcId: 'vpc-lab',
    TargetType: 'ip',
    HealthCheckPath: '/readyz',
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 4,
    HealthyThresholdCount: 2,
    UnhealthyThresholdCount: 3,
    Matcher: { HttpCode: '200-299' },
  });
  assert.deepEqual(targetGroupAttributes(options), [
    { Key: 'deregistration_delay.timeout_seconds', Value: '20' },
    { Key: 'load_balancing.algorithm.type', Value: 'least_outstanding_requests' },
  ]);
  assert.deepEqual(loadBalancerAttributes(options), [
    { Key: 'idle_timeout.timeout_seconds', Value: '60' },
    { Key: 'client_keep_alive.seconds', Value: '3600' },
  ]);
});

test('a gRPC run is judged by gRPC codes', () => {
  const { healthCheck } = OPTIONS.balancer;
  const balancer = { ...OPTIONS.balancer, protocolVersion: 'grpc', healthCheck: { ...healthCheck, matcher: [12, 12] } } as const;

  const input = Object.entries(targetGroupInput({ ...OPTIONS, balancer }));

  assert.deepEqual(new Map(input).get('Matcher'), { GrpcCode: '12' });
  assert.deepEqual(new Map(input).get('ProtocolVersion'), 'GRPC');
});

test('the container is the command with its environment; protected, it preloads the runtime and knows its stop timeout', () => {
  const options = { ...OPTIONS, command: ['node', 'server.js', '{port}'], env: { COLOR: 'blue' }, stopTimeoutMs: 30_000 };
  const plain = new Map(Object.entries(containerDefinition(options)));
  const guarded = new Map(Object.entries(containerDefinition({ ...options, protect: true })));

  assert.deepEqual(
    [plain.get('command'), plain.get('stopTimeout'), plain.get('environment')],
    [['node', 'server.js', '{port}'], 30, [{ name: 'COLOR', value: 'blue' }]],
  );
  assert.match(
    JSON.stringify(guarded.get('environment')),
    /"NODE_OPTIONS","value":"[^"]*--import [^"]*auto\.js".*"SPOTPROOF_STOP_TIMEOUT","value":"30"/,
  );
  // A file for all tasks would hold the report of the last.
  assert.doesNotMatch(JSON.stringify(guarded.get('environment')), /SPOTPROOF_REPORT/);
});
