import { isSpotproofError } from '@spotproof/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFault } from '../../src/commands/lab/fault-option.ts';

test('a fault needs no more than its name: three seconds in, for good, on whatever task is free', () => {
  assert.deepEqual(parseFault('hang'), { kind: 'hang', atMs: 3000, lengthMs: undefined, delayMs: 0, taskId: undefined });
});

test('time, length and task are read, the last two in either order', () => {
  const expected = { kind: 'stall', atMs: 1500, lengthMs: 20_000, delayMs: 0, taskId: 'task-2' };

  assert.deepEqual(parseFault('stall@1.5s,20s,task-2'), expected);
  assert.deepEqual(parseFault('stall@1.5s, task-2, 20'), expected);
});

test('slow takes how slow, and two seconds when it is not said', () => {
  assert.deepEqual(parseFault('slow=500ms@4s'), { kind: 'slow', atMs: 4000, lengthMs: undefined, delayMs: 500, taskId: undefined });
  assert.equal(parseFault('slow').delayMs, 2000);
});

for (const text of [
  '',
  'sick',
  'hang@soon',
  'hang=5s',
  '5xx@3s,1s,2s',
  'stall,task-1,task-2',
  'stall,task-0',
  'slow=0@3s',
  'hang@3s,0',
  'hang@3s@4s',
]) {
  test(`--fault ${JSON.stringify(text)} is refused with what was expected`, () => {
    assert.throws(
      () => parseFault(text),
      (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && error.message.startsWith('--fault must be hang, 5xx, slow, stall'),
    );
  });
}
