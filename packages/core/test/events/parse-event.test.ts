import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EcsEvent, parseEvent } from '@spotproof/core/events';
import fc from 'fast-check';
import { deploymentStateChange, serviceAction, SERVICE_ARN, taskStateChange, TASK_ARN } from './samples.ts';

void describe('a task state change', () => {
  test('gives the task, its service, its address and the order of the change', () => {
    const event = parsed(taskStateChange(), 'task-state-change');

    assert.equal(event.taskArn, TASK_ARN);
    assert.equal(event.serviceName, 'api');
    assert.equal(event.version, 7);
    assert.equal(event.privateIpv4Address, '10.0.0.139');
    assert.equal(event.capacityProviderName, 'FARGATE_SPOT');
    assert.equal(event.at, Date.UTC(2026, 0, 23, 17, 57, 58));
  });

  // Documentation of today and of 2023; a real notice of 2021 (containers-roadmap #1565).
  for (const [name, stop] of [
    ['of today', { stopCode: 'SpotInterruption' }],
    ['of 2023', { stopCode: 'TerminationNotice' }],
    ['without a stop code', { stopCode: undefined }],
    ['with a code and no reason', { stoppedReason: undefined }],
  ] as const) {
    test(`is an interruption in a notice ${name}`, () => {
      assert.equal(parsed(taskStateChange(stop), 'task-state-change').isSpotInterruption, true);
    });
  }

  for (const [name, detail] of [
    ['a deployment', { stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/1)' }],
    ['a crash', { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' }],
    ['a task that is still wanted', { desiredStatus: 'RUNNING' }],
  ] as const) {
    test(`is no interruption for ${name}`, () => {
      assert.equal(parsed(taskStateChange(detail), 'task-state-change').isSpotInterruption, false);
    });
  }

  test('of a task without a service names none', () => {
    assert.equal(parsed(taskStateChange({ group: 'family:batch' }), 'task-state-change').serviceName, undefined);
    assert.equal(parsed(taskStateChange({ group: undefined }), 'task-state-change').serviceName, undefined);
  });

  test('finds the address in the containers when there is no interface yet', () => {
    const containers = [{ name: 'app' }, { name: 'log', networkInterfaces: [{ attachmentId: '1', privateIpv4Address: '10.0.0.7' }] }];

    assert.equal(parsed(taskStateChange({ attachments: [], containers }), 'task-state-change').privateIpv4Address, '10.0.0.7');
    assert.equal(parsed(taskStateChange({ attachments: undefined }), 'task-state-change').privateIpv4Address, undefined);
  });
});

test('a service action gives the service, the name and the providers without their ARNs', () => {
  const event = parsed(serviceAction(), 'service-action');

  assert.equal(event.serviceArn, SERVICE_ARN);
  assert.equal(event.eventName, 'SERVICE_TASK_PLACEMENT_FAILURE');
  assert.deepEqual(event.capacityProviders, ['FARGATE_SPOT']);
  assert.equal(event.createdAt, Date.parse('2019-11-06T19:09:33.087Z'));
});

test('a deployment state change gives the service and the deployment', () => {
  const event = parsed(deploymentStateChange(), 'deployment-state-change');

  assert.equal(event.serviceArn, SERVICE_ARN);
  assert.equal(event.eventName, 'SERVICE_DEPLOYMENT_FAILED');
  assert.equal(event.deploymentId, 'ecs-svc/123');
});

void describe('what cannot be used becomes a noop', () => {
  for (const [name, value, why, explanation] of [
    ['an event of another service', { ...taskStateChange(), source: 'aws.ec2' }, 'foreign', /source must be "aws\.ecs", got "aws\.ec2"/],
    ['the source that a copied article names', { ...taskStateChange(), source: 'aws.fargate' }, 'foreign', /aws\.fargate/],
    [
      'a kind that is not handled',
      { ...taskStateChange(), 'detail-type': 'ECS Container Instance State Change' },
      'unknown-kind',
      /Container Instance/,
    ],
    ['no object', 'hello', 'malformed', /event must be an object, got "hello"/],
    ['a list', [], 'malformed', /event must be an object/],
    ['a missing task', taskStateChange({ taskArn: undefined }), 'malformed', /event\.detail\.taskArn must be a text, got nothing/],
    ['a version that is a text', taskStateChange({ version: '7' }), 'malformed', /event\.detail\.version must be a whole number/],
    ['a time that is none', { ...taskStateChange(), time: 'yesterday' }, 'malformed', /event\.time must be an ISO 8601 time/],
    [
      'a service action without its service',
      { ...serviceAction(), resources: [] },
      'malformed',
      /event\.resources must be a list with the ARN of a service/,
    ],
  ] as const) {
    test(name, () => {
      const event = parsed(value, 'noop');

      assert.equal(event.why, why);
      assert.match(event.explanation, explanation);
    });
  }

  test('whatever comes, nothing is thrown', () => {
    const damaged = fc.tuple(fc.constantFrom(taskStateChange(), serviceAction(), deploymentStateChange()), fc.anything()).chain(([event, junk]) => {
      const keys = [...Object.keys(event), ...Object.keys(event['detail'] ?? {})];
      return fc
        .constantFrom(...keys)
        .map((key) => (key in event ? { ...event, [key]: junk } : { ...event, detail: { ...Object(event['detail']), [key]: junk } }));
    });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.jsonValue(), damaged), (value) => {
        assert.equal(typeof parseEvent(value).kind, 'string');
      }),
      { numRuns: 2000 },
    );
  });
});

function parsed<K extends EcsEvent['kind']>(value: unknown, kind: K): Extract<EcsEvent, { kind: K }> {
  const event = parseEvent(value);
  assert.equal(event.kind, kind, JSON.stringify(event));
  // The line above has checked it.
  return event as Extract<EcsEvent, { kind: K }>;
}
