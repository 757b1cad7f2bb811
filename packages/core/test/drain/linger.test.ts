import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUSY, Life, NEVER_USED } from './life.ts';

test('a busy target that falls silent at once leaves at the floor of 12 s', () => {
  const life = new Life().begin().until(40_000);

  assert.equal(life.timeOf('close-listeners'), 12_000);
  assert.equal(life.state.leaveReason, 'quiet');
});

test('three seconds after the last request a busy target leaves, once the floor is over', () => {
  const life = new Life().begin({ budgetMs: 120_000 });
  for (let at = 0; at <= 20_000; at += 10) life.until(at).send({ type: 'request', at });
  life.until(119_000);

  assert.equal(life.timeOf('close-listeners'), 23_000);
});

test('a target with a request every two seconds waits seven of those gaps', () => {
  const life = new Life().begin({
    budgetMs: 120_000,
    traffic: { requests: 10, meanGapMs: 2_000, lastRequestAgoMs: 500, healthChecksStopped: false },
  });
  life.until(11_000).send({ type: 'request', at: 11_000 }).until(119_000);

  assert.equal(life.timeOf('close-listeners'), 25_000);
});

test('a target that never saw traffic lingers to the cap, since nothing says that the balancer let go', () => {
  const life = new Life().begin({ traffic: NEVER_USED }).until(40_000);

  assert.equal(life.timeOf('close-listeners'), 18_000);
  assert.equal(life.state.leaveReason, 'cap');
});

test('requests without end do not hold the listener open beyond the cap', () => {
  const life = new Life().begin();
  for (let at = 0; at <= 18_500; at += 50) life.until(at).send({ type: 'request', at });

  assert.equal(life.timeOf('close-listeners'), 18_000);
});

test('traffic that had stopped ten seconds before SIGTERM ends the wait after three seconds', () => {
  const life = new Life().begin({ traffic: { ...BUSY, lastRequestAgoMs: 10_000 } }).until(40_000);

  assert.equal(life.timeOf('close-listeners'), 3_000);
  assert.equal(life.state.leaveReason, 'released');
});

test('a pause of ten seconds is no evidence when requests are two seconds apart anyway', () => {
  const life = new Life().begin({ traffic: { requests: 20, meanGapMs: 2_000, lastRequestAgoMs: 10_000, healthChecksStopped: false } }).until(40_000);

  assert.equal(life.timeOf('close-listeners'), 12_000);
  assert.equal(life.state.leaveReason, 'quiet');
});

test('health checks that stopped before SIGTERM end the wait after three seconds, even if no request ever came', () => {
  const life = new Life().begin({ traffic: { ...NEVER_USED, healthChecksStopped: true } }).until(40_000);

  assert.equal(life.timeOf('close-listeners'), 3_000);
});

test('one request after SIGTERM disproves that the balancer had let go', () => {
  const life = new Life().begin({ traffic: { ...BUSY, lastRequestAgoMs: 60_000 } });
  life.until(2_900).send({ type: 'request', at: 2_900 }).until(40_000);

  assert.equal(life.timeOf('close-listeners'), 12_000);
});

test('at a terminal there is no linger', () => {
  const life = new Life().begin({ cause: 'SIGINT', interactive: true });

  assert.equal(life.timeOf('close-listeners'), 0);
});
