import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countService, describeScalableTarget, type Adjustment } from '@spotproof/world';
import { Cloud } from '../support/cloud.ts';

describe('RegisterScalableTarget', () => {
  // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
  it('pulls the desired count inside the bounds at once', () => {
    const cloud = new Cloud().settled({ desiredCount: 4 });

    register(cloud, { minCapacity: 6, maxCapacity: 10 });
    const raised = desired(cloud);
    register(cloud, { minCapacity: 1, maxCapacity: 3 });

    assert.deepEqual([raised, desired(cloud)], [6, 3]);
  });

  it('does so also when the call names neither bound', () => {
    const cloud = scalable({ desiredCount: 4 }, { minCapacity: 2, maxCapacity: 10 });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 20 } });
    const manual = desired(cloud);

    register(cloud, { suspendedState: { dynamicScalingInSuspended: true } });

    assert.deepEqual([manual, desired(cloud)], [20, 10]);
  });

  it('keeps what the call does not name', () => {
    const cloud = scalable({ desiredCount: 4 }, { minCapacity: 2, maxCapacity: 10, suspendedState: { dynamicScalingInSuspended: true } });
    register(cloud, { minCapacity: 3 });

    assert.deepEqual(describeScalableTarget(cloud.world, 'web'), {
      minCapacity: 3,
      maxCapacity: 10,
      dynamicScalingInSuspended: true,
      dynamicScalingOutSuspended: false,
      scheduledScalingSuspended: false,
    });
  });

  it('needs both bounds the first time, and a minimum that is not above the maximum', () => {
    const cloud = new Cloud().settled();

    const codes = [{ minCapacity: 1 }, { minCapacity: 3, maxCapacity: 2 }].map((bounds) => {
      const [effect] = register(cloud, bounds);
      return effect?.type === 'rejected' ? effect.code : undefined;
    });

    assert.deepEqual(codes, ['ValidationException', 'ValidationException']);
    assert.equal(describeScalableTarget(cloud.world, 'web'), undefined);
  });
});

describe('a scaling alarm', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html, considerations
  it('starts from the tasks that really run, not from the desired count: in an outage a step out can lower the desired count', () => {
    const cloud = scalable({ desiredCount: 20 }, { minCapacity: 1, maxCapacity: 100 });
    cloud.give({ type: 'capacity', launches: 0 });
    cloud.give({ type: 'interrupt-some', count: 15 });
    alarm(cloud, 'out', { kind: 'change', tasks: 2 });

    assert.equal(desired(cloud), 7);
  });

  it('changes a desired count that was set by hand', () => {
    const cloud = scalable({ desiredCount: 4 }, { minCapacity: 1, maxCapacity: 10 });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 9 } });
    cloud.until(cloud.now + 60_000);
    alarm(cloud, 'in', { kind: 'change', tasks: -3 });

    assert.equal(desired(cloud), 6);
  });

  it('stays within the bounds', () => {
    const cloud = scalable({ desiredCount: 4 }, { minCapacity: 3, maxCapacity: 6 });
    alarm(cloud, 'out', { kind: 'change', tasks: 50 });
    const most = desired(cloud);
    cloud.until(cloud.now + 60_000);
    alarm(cloud, 'in', { kind: 'exact', tasks: 0 });

    assert.deepEqual([most, desired(cloud)], [6, 3]);
  });

  it('in does nothing to a service below the minimum, out nothing to one above the maximum', () => {
    const cloud = scalable({ desiredCount: 4 }, { minCapacity: 3, maxCapacity: 6 });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 1 } });
    alarm(cloud, 'in', { kind: 'change', tasks: -1 });
    const low = desired(cloud);
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 9 } });
    alarm(cloud, 'out', { kind: 'change', tasks: 1 });

    assert.deepEqual([low, desired(cloud)], [1, 9]);
  });

  it('out lifts a service from below the minimum to it, in brings one from above the maximum to it', () => {
    const cloud = scalable({ desiredCount: 4 }, { minCapacity: 3, maxCapacity: 6 });
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 1 } });
    cloud.until(cloud.now + 60_000);
    alarm(cloud, 'out', { kind: 'change', tasks: 1 });
    const lifted = desired(cloud);
    cloud.give({ type: 'update-service', service: 'web', changes: { desiredCount: 9 } });
    cloud.until(cloud.now + 60_000);
    alarm(cloud, 'in', { kind: 'change', tasks: -1 });

    assert.deepEqual([lifted, desired(cloud)], [3, 6]);
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-auto-scaling.html
  it('in does nothing while a deployment is in progress, out goes on', () => {
    const cloud = scalable({ desiredCount: 4 }, { minCapacity: 1, maxCapacity: 20 });
    cloud.give({ type: 'update-service', service: 'web', changes: { forceNewDeployment: true } });
    alarm(cloud, 'in', { kind: 'exact', tasks: 1 });
    const afterIn = desired(cloud);
    alarm(cloud, 'out', { kind: 'exact', tasks: 8 });

    assert.deepEqual([afterIn, desired(cloud)], [4, 8]);
  });

  it('does nothing in a direction that SuspendedState holds', () => {
    const cloud = scalable(
      { desiredCount: 4 },
      { minCapacity: 1, maxCapacity: 20, suspendedState: { dynamicScalingInSuspended: true, dynamicScalingOutSuspended: false } },
    );
    alarm(cloud, 'in', { kind: 'exact', tasks: 1 });
    const afterIn = desired(cloud);
    alarm(cloud, 'out', { kind: 'exact', tasks: 8 });

    assert.deepEqual([afterIn, desired(cloud)], [4, 8]);
  });

  // https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html, scaling adjustment types
  it('a percentage is rounded towards zero, and to one task when it is less than one', () => {
    const cloud = scalable({ desiredCount: 13 }, { minCapacity: 1, maxCapacity: 100 });
    alarm(cloud, 'out', { kind: 'percent', percent: 12.5 });
    const most = desired(cloud);
    cloud.until(cloud.now + 60_000);
    alarm(cloud, 'out', { kind: 'percent', percent: 1 });

    assert.deepEqual([most, desired(cloud)], [14, 15]);
  });

  it('of a service without a scalable target is refused', () => {
    const [effect] = alarm(new Cloud().settled(), 'out', { kind: 'change', tasks: 1 });

    assert.ok(effect?.type === 'rejected' && effect.code === 'ObjectNotFoundException');
  });
});

type Bounds = Omit<Extract<Parameters<Cloud['give']>[0], { readonly type: 'register-scalable-target' }>, 'type' | 'service'>;

function scalable(spec: Parameters<Cloud['settled']>[0], bounds: Bounds): Cloud {
  const cloud = new Cloud().settled(spec);
  register(cloud, bounds);
  return cloud;
}

function register(cloud: Cloud, bounds: Bounds): ReturnType<Cloud['give']> {
  return cloud.give({ type: 'register-scalable-target', service: 'web', ...bounds });
}

function alarm(cloud: Cloud, direction: 'in' | 'out', adjustment: Adjustment): ReturnType<Cloud['give']> {
  return cloud.give({ type: 'scaling-alarm', service: 'web', direction, adjustment });
}

function desired(cloud: Cloud): number | undefined {
  return countService(cloud.world, 'web')?.desired;
}
