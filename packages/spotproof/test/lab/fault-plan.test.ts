import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FaultPlan } from '../../src/lab/faults/fault-plan.ts';
import type { PlannedFault } from '../../src/verdict/fault.ts';

test('faults without a name go to the first tasks, one each, and only those get a relay', () => {
  const [late, early] = [fault({ atMs: 9000 }), fault({ kind: '5xx', atMs: 1000 })];
  const plan = new FaultPlan([late, early]);

  assert.deepEqual(
    ['task-1', 'task-2', 'task-3'].map((id) => plan.admit(id)),
    [true, true, false],
  );
  assert.deepEqual([plan.begin(early), plan.begin(late)], ['task-1', 'task-2']);
});

test('a task that is only to stall needs no relay', () => {
  const stall = fault({ kind: 'stall' });
  const plan = new FaultPlan([stall]);

  assert.equal(plan.admit('task-1'), false);
  assert.equal(plan.begin(stall), 'task-1');
});

test('a fault that names its task leaves the others alone, and two may name one task', () => {
  const [hang, slow] = [fault({ taskId: 'task-2' }), fault({ kind: 'slow', taskId: 'task-2', atMs: 8000 })];
  const plan = new FaultPlan([hang, slow]);

  assert.deepEqual(
    ['task-1', 'task-2'].map((id) => plan.admit(id)),
    [false, true],
  );
  assert.deepEqual([plan.begin(hang), plan.begin(slow)], ['task-2', 'task-2']);
});

test('when its task is taken back first, a fault waits for the next one that starts', () => {
  const hang = fault({});
  const plan = new FaultPlan([hang]);
  plan.admit('task-1');
  plan.admit('task-2');

  plan.dismiss('task-1');

  assert.equal(plan.admit('task-3'), true);
  assert.equal(plan.begin(hang), 'task-3');
});

test('a fault that has begun does not move on when its task is replaced', () => {
  const hang = fault({});
  const plan = new FaultPlan([hang]);
  plan.admit('task-1');
  plan.begin(hang);

  plan.dismiss('task-1');

  assert.equal(plan.admit('task-2'), false);
});

test('a fault without a task hits nothing', () => {
  const [hang, other] = [fault({}), fault({})];
  const plan = new FaultPlan([hang]);

  assert.equal(plan.begin(hang), undefined);
  assert.equal(plan.begin(other), undefined);
});

function fault(parts: Partial<PlannedFault>): PlannedFault {
  return { kind: 'hang', atMs: 3000, lengthMs: undefined, delayMs: 0, taskId: undefined, ...parts };
}
