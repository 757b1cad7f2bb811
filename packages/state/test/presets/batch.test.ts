import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { SpotproofError, type ErrorCode } from '@spotproof/core';
import { BATCH_EXIT_CODES, batchExitCode, batchRetryStrategy } from '../../src/presets/batch.ts';
import { spotRetrier } from '../../src/presets/step-functions.ts';

test('only work that is done ends with 0, which AWS Batch takes for success', () => {
  assert.equal(batchExitCode(), 0);
  assert.equal(batchExitCode(new Error('no')), 1);
  assert.equal(batchExitCode(null), 1);
  assert.equal(batchExitCode(undefined), 1);
  assert.equal(batchExitCode('no'), 1);
});

test('work that was interrupted, lost or not answered is to be tried again, and what would fail again is not', () => {
  const code = (code: ErrorCode, retryable = false): number => batchExitCode(new SpotproofError(code, 'so', { retryable }));

  assert.equal(code('SPOTPROOF_INTERRUPTED'), BATCH_EXIT_CODES.interrupted);
  assert.equal(code('SPOTPROOF_CLAIM_LOST'), BATCH_EXIT_CODES.interrupted);
  assert.equal(code('SPOTPROOF_CLAIM_BUSY'), BATCH_EXIT_CODES.interrupted);
  assert.equal(code('SPOTPROOF_STORE', true), BATCH_EXIT_CODES.interrupted);
  assert.equal(code('SPOTPROOF_STORE'), BATCH_EXIT_CODES.failed);
  assert.equal(code('SPOTPROOF_WORK_FAILED'), BATCH_EXIT_CODES.failed);
  assert.equal(code('SPOTPROOF_KEY_REUSED'), BATCH_EXIT_CODES.failed);
});

/** As AWS Batch does: the first rule all of whose patterns match; none: RETRY. */
function decide(job: { readonly statusReason?: string; readonly reason?: string; readonly exitCode?: number }): string {
  const matches = (pattern: string | undefined, text: string | undefined): boolean => {
    if (pattern === undefined) return true;
    return pattern.endsWith('*') ? (text ?? '').startsWith(pattern.slice(0, -1)) : text === pattern;
  };
  const rule = batchRetryStrategy().evaluateOnExit.find(
    ({ onStatusReason, onReason, onExitCode }) =>
      matches(onStatusReason, job.statusReason) && matches(onReason, job.reason) && matches(onExitCode, job.exitCode?.toString()),
  );
  return rule?.action ?? 'RETRY';
}

test('AWS Batch is told to try an interruption again, and not an error of the work', () => {
  assert.equal(decide({ statusReason: 'Your Spot Task was interrupted.', exitCode: 137 }), 'RETRY');
  assert.equal(decide({ statusReason: 'Host EC2 (instance i-0123456789abcdef0) terminated.' }), 'RETRY');
  assert.equal(decide({ statusReason: 'Task failed to start' }), 'RETRY');
  assert.equal(decide({ statusReason: 'Essential container in task exited', exitCode: BATCH_EXIT_CODES.interrupted }), 'RETRY');
  assert.equal(decide({ statusReason: 'Essential container in task exited', exitCode: BATCH_EXIT_CODES.failed }), 'EXIT');
  assert.equal(decide({ statusReason: 'Essential container in task exited', reason: 'OutOfMemoryError: Container killed', exitCode: 137 }), 'EXIT');
});

test('the strategy is one that AWS Batch takes', () => {
  const { attempts, evaluateOnExit } = batchRetryStrategy();

  assert.ok(attempts >= 1 && attempts <= 10);
  assert.ok(evaluateOnExit.length <= 5);
  for (const { onStatusReason, onReason, onExitCode } of evaluateOnExit) {
    for (const pattern of [onStatusReason, onReason]) assert.match(pattern ?? '', /^[A-Za-z0-9.:\s]{0,511}\*?$/);
    assert.match(onExitCode ?? '', /^\d*\*?$/);
  }
  assert.equal(batchRetryStrategy({ attempts: 3 }).attempts, 3);
  for (const attempts of [0, 11, 1.5, Number.NaN]) assert.throws(() => batchRetryStrategy({ attempts }), { code: 'SPOTPROOF_CONFIG_INVALID' });
});

test('the guide shows what the functions return', () => {
  const guide = readFileSync(path.join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'guides', 'presets.md'), 'utf8');
  const shown = [...guide.matchAll(/```json\n([^]*?)```/g)].map(([, text = '']) => JSON.parse(text) as unknown);

  assert.deepEqual(shown, [spotRetrier(), batchRetryStrategy()]);
});
