import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePathTemplate } from '../../src/load/path-template.ts';
import type { RequestSpec } from '../../src/load/request-spec.ts';
import { Schedule, type PlannedRequest, type ScheduleOptions } from '../../src/load/schedule.ts';
import { requestSpec } from './load-process.ts';

const mixed: readonly RequestSpec[] = [
  requestSpec({ path: '/work?ms={5..50}&again={1..3}', weight: 60 }),
  requestSpec({ method: 'POST', body: { kind: 'random', octets: [10, 400] }, weight: 30 }),
  requestSpec({ method: 'POST', body: { kind: 'chunks', count: [2, 5], octets: [1, 20], gapMs: [50, 150] }, weight: 10 }),
];

test('the same seed gives the same plan, octets of bodies included', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (seed) => {
      assert.deepEqual(planOf({ seed }, 100), planOf({ seed }, 100));
    }),
    { numRuns: 20 },
  );
});

test('another seed gives another plan', () => {
  assert.notDeepEqual(planOf({ seed: 1 }, 20), planOf({ seed: 2 }, 20));
});

test('other bodies leave the arrivals, kinds and nodes as they were', () => {
  const withoutBodies = mixed.map((spec) => ({ ...spec, body: undefined }));
  const plain = ({ offsetMs, specIndex, nodeIndex }: PlannedRequest) => ({ offsetMs, specIndex, nodeIndex });

  assert.deepEqual(planOf({ requests: withoutBodies }, 200).map(plain), planOf({}, 200).map(plain));
});

test('arrivals are Poisson: the rate holds, and the gaps vary as much as their mean', () => {
  const offsets = planOf({ ratePerSecond: 200 }, 20_000).map(({ offsetMs }) => offsetMs);
  const gaps = offsets.map((offset, index) => offset - (offsets[index - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);

  assert.ok(gaps.every((gap) => gap >= 0));
  assert.ok(Math.abs(mean - 5) < 0.2, `mean gap ${mean} ms`);
  assert.ok(Math.abs(deviation / mean - 1) < 0.05, `deviation ${deviation} ms`);
});

test('kinds are chosen by weight and nodes evenly', () => {
  const plan = planOf({ nodeCount: 3 }, 20_000);
  const share = (matches: (planned: PlannedRequest) => boolean): number => plan.filter(matches).length / plan.length;

  for (const [index, spec] of mixed.entries()) assert.ok(Math.abs(share(({ specIndex }) => specIndex === index) - spec.weight / 100) < 0.015);
  for (const node of [0, 1, 2]) assert.ok(Math.abs(share(({ nodeIndex }) => nodeIndex === node) - 1 / 3) < 0.015);
});

test('ranges in paths are drawn with both ends included and leave the rest of the path alone', () => {
  const drawn = new Set<string>();
  for (const { path, specIndex } of planOf({}, 5_000)) if (specIndex === 0) drawn.add(path);

  for (const path of drawn) assert.match(path, /^\/work\?ms=\d+&again=[123]$/);
  const values = [...drawn].map((path) => Number(/ms=(\d+)/.exec(path)?.[1]));
  assert.deepEqual([Math.min(...values), Math.max(...values)], [5, 50]);
});

test('bodies keep to their ranges, and a slow upload pauses before each piece but the first', () => {
  for (const { body, specIndex } of planOf({}, 3_000)) {
    if (specIndex === 0) assert.equal(body, undefined);
    if (specIndex === 1) {
      assert.deepEqual([body?.chunked, body?.pieces.length], [false, 1]);
      const octets = body?.pieces[0]?.length ?? 0;
      assert.ok(octets >= 10 && octets <= 400);
    }
    if (specIndex === 2) {
      assert.ok(body !== undefined && body.chunked && body.pieces.length >= 2 && body.pieces.length <= 5);
      assert.ok(body.pieces.every(({ length }) => length >= 1 && length <= 20));
      assert.deepEqual([body.gapsMs.length, body.gapsMs[0]], [body.pieces.length, 0]);
      assert.ok(body.gapsMs.slice(1).every((gap) => gap >= 50 && gap <= 150));
    }
  }
});

test('random bodies differ, so that a digest can tell them apart', () => {
  const requests = [requestSpec({ method: 'POST', body: { kind: 'random', octets: [1000, 1000] } })];
  const digests = planOf({ requests }, 300).map(({ body }) =>
    createHash('sha1')
      .update(body?.pieces[0] ?? '')
      .digest('hex'),
  );

  assert.ok(new Set(digests).size >= 298, `${new Set(digests).size} different bodies of 300`);
});

test('a brace that is not part of a range is not a path template', () => {
  for (const path of ['/{', '/}', '/{5}', '/{5..}', '/{a..b}', '/{9..5}', '/{{1..2}}', '/{-1..2}', '/{1..2}/{x}']) {
    assert.equal(parsePathTemplate(path), undefined, path);
  }
});

function planOf(options: Partial<ScheduleOptions>, count: number): PlannedRequest[] {
  const schedule = new Schedule({ seed: 7, ratePerSecond: 100, requests: mixed, nodeCount: 2, ...options });
  return Array.from({ length: count }, () => schedule.next());
}
