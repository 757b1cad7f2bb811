import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countService, describeService, splitByStrategy, type CapacityProviderStrategyItem } from '@spotproof/world';
import { Cloud, service } from '../support/cloud.ts';

describe('base and weight', () => {
  // API type CapacityProviderStrategyItem: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
  it('the base is met first, the rest goes by the ratio of the weights', () => {
    assert.deepEqual(split([{ weight: 1, base: 2 }, { weight: 4 }], 12), [4, 8]);
    assert.deepEqual(split([{ weight: 1, base: 20 }, { weight: 4 }], 12), [12, 0]);
  });

  it('with weights 1 and 4, four tasks run on the second for every one on the first', () => {
    assert.deepEqual(split([{ weight: 1 }, { weight: 4 }], 100), [20, 80]);
  });

  it('an unset weight is 0 and places nothing beyond the base', () => {
    assert.deepEqual(split([{ base: 1 }, { weight: 1 }], 10), [1, 9]);
  });

  it('a provider with weight 0 is no fallback: when Spot is out, On-Demand gets nothing more (containers-roadmap #773, #852)', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'capacity', launches: 0 });
    const strategy = [{ capacityProvider: 'FARGATE', weight: 0 } as const, { capacityProvider: 'FARGATE_SPOT', weight: 1 } as const];
    cloud.settled({ capacityProviderStrategy: strategy }).until(3_600_000);

    assert.equal(countService(cloud.world, 'web')?.running, 0);
  });

  it('a base of 20 on FARGATE leaves Spot without a single task up to a desired count of 20, whatever the comment beside it says of per cent', () => {
    assert.deepEqual(split([{ weight: 50, base: 20 }, { weight: 50 }], 20), [20, 0]);
  });
});

describe('a strategy that AWS does not take', () => {
  const refusals: readonly (readonly [string, readonly CapacityProviderStrategyItem[], RegExp])[] = [
    [
      'only one provider may have a base',
      [
        { capacityProvider: 'FARGATE', base: 1, weight: 1 },
        { capacityProvider: 'FARGATE_SPOT', base: 1, weight: 1 },
      ],
      /one capacity provider .* base/,
    ],
    ['not every weight may be 0', [{ capacityProvider: 'FARGATE_SPOT' }], /weight greater than 0/],
    ['a weight is at most 1000', [{ capacityProvider: 'FARGATE_SPOT', weight: 1001 }], /between 0 and 1000/],
    ['a base is at most 100,000', [{ capacityProvider: 'FARGATE_SPOT', weight: 1, base: 100_001 }], /between 0 and 100000/],
  ];
  for (const [what, capacityProviderStrategy, expected] of refusals) {
    // API type CapacityProviderStrategyItem, as above.
    it(`${what}: InvalidParameterException, and no service`, () => {
      const cloud = new Cloud();

      const effects = cloud.give({ type: 'create-service', service: service({ capacityProviderStrategy }) });

      assert.equal(effects.length, 1);
      const [rejected] = effects;
      assert.ok(rejected?.type === 'rejected' && rejected.code === 'InvalidParameterException');
      assert.match(rejected.message, expected);
      assert.equal(describeService(cloud.world, 'web'), undefined);
    });
  }

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
  it('a provider must be associated with the cluster first', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'put-cluster-capacity-providers', capacityProviders: ['FARGATE'], defaultCapacityProviderStrategy: [] });

    const [rejected] = cloud.give({ type: 'create-service', service: service() });

    assert.ok(rejected?.type === 'rejected' && rejected.code === 'InvalidParameterException');
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html, capacityProviderStrategy
  it('a launch type and a strategy exclude each other', () => {
    const cloud = new Cloud();

    const [rejected] = cloud.give({
      type: 'create-service',
      service: service({ launchType: 'FARGATE', capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] }),
    });

    assert.ok(rejected?.type === 'rejected' && rejected.code === 'InvalidParameterException');
    assert.match(rejected.message, /both a launch type and capacity provider strategy/);
  });
});

describe('the default strategy of the cluster', () => {
  const onSpot = (): Cloud => {
    const cloud = new Cloud();
    cloud.give({
      type: 'put-cluster-capacity-providers',
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    });
    return cloud;
  };
  const bare = { name: 'web', desiredCount: 2, taskDefinition: { name: 'web:1', stopTimeoutMs: 30_000 } } as const;

  it('holds for a service with neither a launch type nor a strategy', () => {
    const cloud = onSpot();
    cloud.give({ type: 'create-service', service: bare });

    assert.deepEqual(countService(cloud.world, 'web')?.byProvider, [{ provider: 'FARGATE_SPOT', desired: 2, running: 0, pending: 2 }]);
  });

  // CreateService: "If a launchType is specified, the capacityProviderStrategy parameter must be omitted", and the default is not used either.
  it('is ignored by a service with a launch type, which never runs on Spot however the cluster is set up', () => {
    const cloud = onSpot();
    cloud.give({ type: 'create-service', service: { ...bare, launchType: 'FARGATE' } });

    assert.deepEqual(countService(cloud.world, 'web')?.byProvider, [{ provider: 'FARGATE', desired: 2, running: 0, pending: 2 }]);
  });
});

function split(weights: readonly { readonly weight?: number; readonly base?: number }[], desiredCount: number): readonly number[] {
  const providers = ['FARGATE', 'FARGATE_SPOT'] as const;
  const strategy = weights.map((item, index) => ({ capacityProvider: providers[index] ?? 'FARGATE', ...item }));
  return splitByStrategy(strategy, desiredCount).map(({ count }) => count);
}
