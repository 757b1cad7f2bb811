import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HealthChecks } from '../src/http/health-checks.ts';
import { TrafficLog } from '../src/http/traffic-log.ts';

function checked(plan: Readonly<Record<string, readonly number[]>>): HealthChecks {
  const checks = new HealthChecks();
  const all = Object.entries(plan).flatMap(([address, times]) => times.map((at) => ({ address, at })));
  for (const { address, at } of all.toSorted((one, other) => one.at - other.at)) checks.note(address, at);
  return checks;
}

test('health checks have stopped only after more than two intervals of silence', () => {
  const checks = checked({ a: [0, 10_000, 20_000] });

  assert.equal(checks.haveStopped(40_000), false);
  assert.equal(checks.haveStopped(40_001), true);
});

test('two checks of a node are no interval, and none are no evidence', () => {
  assert.equal(checked({ a: [0, 10_000] }).haveStopped(1_000_000), false);
  assert.equal(checked({}).haveStopped(1_000_000), false);
});

test('each node is judged by its own interval, and one that still checks is enough to stay', () => {
  const checks = checked({ a: [0, 5_000, 10_000], b: [0, 30_000, 60_000] });

  assert.equal(checks.haveStopped(90_000), false);
  assert.equal(checks.haveStopped(120_001), true);
});

test('a node that went away an hour ago does not stand in the way', () => {
  const old = [0, 10_000, 20_000];
  const live = [3_600_000, 3_610_000, 3_620_000];

  assert.equal(checked({ old, live }).haveStopped(3_625_000), false);
  assert.equal(checked({ old, live }).haveStopped(3_640_001), true);
});

test('a newcomer that checked once is given the longest known interval', () => {
  const checks = checked({ a: [0, 10_000, 20_000], newcomer: [35_000] });

  assert.equal(checks.haveStopped(45_000), false);
  assert.equal(checks.haveStopped(55_001), true);
});

test('checks of three target groups from one address, close together, are not taken for a short interval', () => {
  const checks = checked({ a: [0, 100, 200, 10_000, 10_100, 10_200, 20_000, 20_100, 20_200] });

  assert.equal(checks.haveStopped(30_000), false);
});

test('more nodes than are remembered displace the longest silent one', () => {
  const checks = new HealthChecks();
  for (let node = 0; node < 1_000; node += 1) for (let count = 0; count < 3; count += 1) checks.note(`node ${node}`, node * 1_000 + count * 100);

  assert.equal(checks.haveStopped(999_000 + 300), false);
  assert.equal(checks.haveStopped(999_000 + 500), true);
});

test('the traffic figures stand on the last 64 requests', () => {
  const traffic = new TrafficLog();
  assert.deepEqual(traffic.before(5), { requests: 0, meanGapMs: undefined, lastRequestAgoMs: undefined });

  traffic.note(10);
  assert.deepEqual(traffic.before(15), { requests: 1, meanGapMs: undefined, lastRequestAgoMs: 5 });

  for (let count = 1; count <= 1_000; count += 1) traffic.note(10 + (count <= 900 ? count * 1_000 : 900_000 + (count - 900) * 2));
  const { requests, meanGapMs, lastRequestAgoMs } = traffic.before(900_310);
  assert.deepEqual([requests, meanGapMs, lastRequestAgoMs], [64, 2, 100]);
});
