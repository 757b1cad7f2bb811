import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import type { LabFlags } from '../../src/commands/lab/flags.ts';
import { DEFAULT_REQUESTS, labOptions } from '../../src/commands/lab/options.ts';
import { declareProgram } from '../../src/commands/program.ts';

test('with --work the run waits 30 s for open work unless told otherwise, and without it there is no sink', () => {
  assert.deepEqual(workOf({ work: true }), { waitMs: 30_000 });
  assert.deepEqual(workOf({ work: true, workWait: '2.5s' }), { waitMs: 2500 });
  assert.equal(workOf({}), undefined);
});

for (const [flags, message] of [
  [{ workWait: '5' }, /--work-wait must be given with --work/],
  [{ work: true, workWait: 'soon' }, /--work-wait must be a time in seconds from 0 to 3600/],
] as const) {
  test(`${JSON.stringify(flags)} is refused before anything runs`, () => {
    assert.throws(
      () => workOf(flags),
      (error) => isSpotproofError(error) && error.code === 'SPOTPROOF_CONFIG_INVALID' && message.test(error.message),
    );
  });
}

function workOf(flags: Partial<LabFlags>): unknown {
  const { lab } = declareProgram();
  // What commander would hand over for a command line without options.
  const defaults = Object.fromEntries(lab.options.map((option) => [option.attributeName(), option.defaultValue])) as unknown as LabFlags;
  return labOptions({ ...defaults, ...flags }, { command: ['node'], cwd: '/', runDirectory: '/', requests: DEFAULT_REQUESTS, protect: false }).work;
}
