import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLabTask, type TaskFacts } from '../../src/lab/lab-tasks.ts';
import type { LabEvent } from '../../src/verdict/lab-run.ts';

const FACTS: TaskFacts = {
  id: 'task-1',
  name: 'task-1',
  port: 40_001,
  replaces: undefined,
  stoppedAtEnd: false,
  announced: true,
  drainReport: undefined,
  firstProcess: undefined,
  handlesSigterm: undefined,
  saidAfterSigterm: [],
  output: [],
  outputPath: '/tmp/task-1.log',
};
const told: readonly LabEvent[] = [
  { type: 'task-signal', at: 1000, taskId: 'task-1', signal: 'SIGTERM' },
  { type: 'task-signal', at: 6000, taskId: 'task-1', signal: 'SIGKILL' },
];
const exited = (at: number, exitCode: number, exitSignal?: string): LabEvent => ({
  type: 'task-exited',
  at,
  taskId: 'task-1',
  exitCode,
  exitSignal,
  crashed: false,
});

test('a task that SIGKILL came too late for was not killed', () => {
  // The exit is known a moment after it happened, when its output has been read.
  const late = makeLabTask(FACTS, [...told, exited(5920, 0)]);
  const killed = makeLabTask(FACTS, [...told, exited(6003, 137, 'SIGKILL')]);
  const unknown = makeLabTask(FACTS, told);

  assert.deepEqual([late.killed, late.exitCode], [false, 0]);
  assert.equal(killed.killed, true);
  assert.equal(unknown.killed, true);
});
