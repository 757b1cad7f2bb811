import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllerSentence } from '../../src/commands/lab/controller-sentence.ts';

test('a decision that changes something is one sentence, and one that changes nothing is none', () => {
  const reconcile = { type: 'reconcile', unit: 'lab/app', state: 'RAISING', previousState: 'NORMAL' };
  const raise = { action: { type: 'set-fallback', previous: 0, count: 2, why: 'deficit' }, outcome: 'done' };
  const taskArn = 'arn:aws:ecs:us-east-1:111122223333:task/lab/0123456789abcdef0123456789abcdef';

  assert.equal(controllerSentence({ ...reconcile, actions: [raise] }), 'controller: NORMAL → RAISING, fallback 0 → 2 (deficit)');
  assert.equal(
    controllerSentence({ ...reconcile, previousState: 'RAISING', actions: [{ ...raise, outcome: 'failed' }] }),
    'controller: RAISING, fallback 0 → 2 (deficit): failed',
  );
  assert.equal(controllerSentence({ ...reconcile, previousState: 'RAISING', actions: [] }), undefined);
  assert.equal(controllerSentence({ type: 'deregister', taskArn, outcome: 'deregistered' }), 'controller: task 01234567 deregistered early');
  assert.equal(
    controllerSentence({ type: 'skip', why: 'cloud-refused', problem: 'Rate exceeded' }),
    'controller: refused by the cloud: Rate exceeded',
  );
  assert.equal(controllerSentence({ type: 'skip', why: 'stale' }), undefined);
});
