import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { API_BUCKET_GROUPS, FULL_API_BUCKETS, fullBucket, takeApiToken, takeToken } from '@spotproof/world';
import fc from 'fast-check';

describe('a token bucket', () => {
  it('never gives more than its burst and what has flowed in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.nat(500), { maxLength: 200 }),
        (burst, perSecond, gaps) => {
          let bucket = fullBucket({ burst, perSecond }, 0);
          let [now, taken] = [0, 0];
          for (const gap of gaps) {
            now += gap;
            const take = takeToken(bucket, { burst, perSecond }, now);
            bucket = take.bucket;
            if (take.taken) taken += 1;
          }
          assert.ok(taken <= burst + (now * perSecond) / 1000 + 0.01, `${taken} taken in ${now} ms`);
        },
      ),
    );
  });

  it('holds no more than its burst, however long nobody took any', () => {
    const limit = { burst: 3, perSecond: 10 };
    let bucket = takeToken(fullBucket(limit, 0), limit, 0).bucket;
    const taken = Array.from({ length: 6 }, () => {
      const take = takeToken(bucket, limit, 3_600_000);
      bucket = take.bucket;
      return take.taken;
    });

    assert.deepEqual(taken, [true, true, true, false, false, false]);
  });

  it('has a token when it said that it would, and not before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (perSecond) => {
        const limit = { burst: 1, perSecond };
        const { bucket } = takeToken(fullBucket(limit, 0), limit, 0);
        const { taken, retryAfterMs, bucket: refused } = takeToken(bucket, limit, 0);

        assert.equal(taken, false);
        assert.equal(takeToken(refused, limit, retryAfterMs).taken, true);
        if (retryAfterMs > 1) assert.equal(takeToken(refused, limit, retryAfterMs - 2).taken, false);
      }),
    );
  });
});

describe('the API buckets', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
  const documented: readonly (readonly [string, number, number])[] = [
    ['ecs:UpdateService', 50, 5],
    ['ecs:DescribeServices', 100, 20],
    ['ecs:DescribeTasks', 100, 20],
    ['ecs:StopTask', 100, 40],
    ['ecs:UpdateTaskProtection', 200, 80],
    ['ecs:PutClusterCapacityProviders', 20, 1],
    ['ecs:RegisterTaskDefinition', 20, 1],
    ['ecs:TagResource', 20, 10],
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/elb-api-throttling.html
    ['elasticloadbalancing:DescribeTargetHealth', 40, 10],
  ];
  for (const [action, burst, perSecond] of documented) {
    it(`${action}: ${burst} at once, then ${perSecond} a second`, () => {
      assert.deepEqual([takenWithin(action, 0), takenWithin(action, 2000)], [burst, burst + 2 * perSecond]);
    });
  }

  it('actions of one group share a bucket, others have their own', () => {
    let buckets = FULL_API_BUCKETS;
    for (let count = 0; count < 50; count++) ({ buckets } = takeApiToken(buckets, 'ecs:UpdateService', 0));

    assert.equal(takeApiToken(buckets, 'ecs:CreateService', 0).taken, false);
    assert.equal(takeApiToken(buckets, 'ecs:DescribeServices', 0).taken, true);
  });

  it('an action that no group names is never throttled', () => {
    assert.deepEqual(takeApiToken(FULL_API_BUCKETS, 'sts:GetCallerIdentity', 0), { buckets: FULL_API_BUCKETS, taken: true, retryAfterMs: 0 });
  });

  it('no action is in two groups', () => {
    const actions = API_BUCKET_GROUPS.flatMap((group) => group.actions);

    assert.equal(new Set(actions).size, actions.length);
  });
});

/** How many of ten calls a millisecond get through from 0 to `untilMs`. */
function takenWithin(action: string, untilMs: number): number {
  let buckets = FULL_API_BUCKETS;
  let taken = 0;
  for (let now = 0; now <= untilMs; now++) {
    for (let call = 0; call < (untilMs === 0 ? 1000 : 10); call++) {
      const take = takeApiToken(buckets, action, now);
      buckets = take.buckets;
      if (take.taken) taken += 1;
    }
  }
  return taken;
}
