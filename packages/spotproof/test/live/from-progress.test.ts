import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveEvent } from '../../src/live/from-progress.ts';
import { emptyLive, stepLive } from '../../src/live/state.ts';

test('a decision of the controller is on the page as it came, with its unit, its state and its figures', () => {
  const decision = { type: 'reconcile', unit: 'lab/app', state: 'FALLBACK', previousState: 'RAISING', figures: { deficit: 2 }, actions: [] };

  const event = liveEvent({ type: 'controller', at: 7, decision }, 9);

  assert.deepEqual(event, { type: 'controller', at: 7, decision });
  const { controller, lines } = stepLive(emptyLive(), event);
  assert.deepEqual(controller, [{ unit: 'lab/app', at: 7, state: 'FALLBACK', figures: { deficit: 2 }, decisions: 1 }]);
  assert.match(lines.at(-1)?.text ?? '', /RAISING → FALLBACK/);
});

test('the page is told where AWS clients go, and not what lets them take tasks back', () => {
  const environment = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4570', SPOTPROOF_CLOUD_TOKEN: 'secret' };

  const event = liveEvent({ type: 'aws', environment, cluster: 'lab', service: 'app', url: 'http://127.0.1.1:80' }, 1);

  assert.match(JSON.stringify(event), /http:\/\/127\.0\.0\.1:4570/);
  assert.doesNotMatch(JSON.stringify(event), /secret/);
});

test('a task of AWS is the same short id in its events and in what balancers think of it', () => {
  const taskId = '0123456789abcdef0123456789abcdef';

  const listening = liveEvent({ type: 'task', event: { type: 'task-listening', at: 1, taskId } }, 1);
  const healthy = liveEvent(
    { type: 'target-health', report: { type: 'target-health', node: 'node-a', targetId: taskId, state: 'healthy', reason: undefined, at: 2 } },
    2,
  );

  assert.ok(listening?.type === 'task' && healthy?.type === 'target');
  assert.deepEqual([listening.taskId, healthy.taskId], ['01234567', '01234567']);
});
