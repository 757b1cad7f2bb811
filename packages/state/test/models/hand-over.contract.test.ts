import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type SpinTools, requireSpin } from '../../../../scripts/gate/spin.ts';

const run = promisify(execFile);

const EFFECT_TWICE = /assertion violated \(made/;
const JOB_LOST = /invalid end state/;

/** Each is a line or two of the model, in `#ifdef FAULT_x`. */
const FAULTS: readonly { readonly fault: string; readonly sizes?: readonly string[]; readonly finds: RegExp }[] = [
  { fault: 'UNFENCED_SAVE', finds: EFFECT_TWICE },
  { fault: 'LEASE_CHECKED_BEFORE', finds: EFFECT_TWICE },
  { fault: 'READ_THEN_CLAIM', finds: /assertion violated .*state==/ },
  { fault: 'UNFENCED_RELEASE', finds: /assertion violated \(job\[j\]\.token==token/ },
  { fault: 'RELEASED_BEFORE_SAVED', finds: /assertion violated .*handed/ },
  { fault: 'LEFT_WITHOUT_RELEASE', finds: /assertion violated .*token!=0/ },
  { fault: 'NO_LEASE_OF_THE_JOB', finds: JOB_LOST },
  { fault: 'RELEASED_BY_NAME', sizes: ['WORKERS=3', 'JOBS=1', 'STEPS=1', 'KILLS=0', 'LAPSES=2'], finds: /assertion violated .*worker_epoch/ },
];

const LIMIT_MS = 60_000;
const DEEPEST = 10_000;

const MODEL = path.join(import.meta.dirname, '../../models/hand-over.pml');

describe('the model of workers, jobs and hand-over', { concurrency: 2 }, () => {
  let tools: SpinTools;
  let folder = '';
  before(() => {
    tools = requireSpin();
    folder = mkdtempSync(path.join(tmpdir(), 'spotproof-model-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [what, sizes] of Object.entries({
    'two workers and two jobs': ['WORKERS=2', 'JOBS=2', 'STEPS=2'],
    'three workers and a job, one of them killed': ['WORKERS=3', 'JOBS=1', 'STEPS=1', 'TERMS=0'],
    ...(process.env['SPOTPROOF_EXPLORE'] === 'deep' ? { 'three workers and a job': ['WORKERS=3', 'JOBS=1', 'STEPS=1'] } : {}),
  }))
    test(`no history of ${what} makes an effect twice, loses a job, or robs its holder`, { timeout: LIMIT_MS }, async (context) => {
      const { errors, states, isWhole, said } = await search(sizes);

      context.diagnostic(`${states} states`);
      assert.equal(errors, 0, said);
      assert.ok(isWhole, `the search should be exhaustive: ${said}`);
      assert.ok(states > 100_000);
    });

  test('every history comes to an end', { timeout: LIMIT_MS }, async (context) => {
    const { errors, states, isWhole, said } = await search(['WORKERS=2', 'JOBS=1', 'STEPS=2'], { forCycles: true });

    context.diagnostic(`${states} states`);
    assert.equal(errors, 0, said);
    assert.ok(isWhole, said);
  });

  for (const { fault, sizes = ['WORKERS=2'], finds } of FAULTS)
    test(`a fault is found: ${fault}`, { timeout: LIMIT_MS }, async () => {
      const { errors, said } = await search([...sizes, `FAULT_${fault}`]);

      assert.equal(errors, 1, said);
      assert.match(said, finds);
    });

  test('a fault is found: CLAIMS_WHILE_STOPPING', { timeout: LIMIT_MS }, async () => {
    const { errors, said } = await search(['WORKERS=2', 'JOBS=1', 'STEPS=2', 'FAULT_CLAIMS_WHILE_STOPPING'], { forCycles: true });

    assert.equal(errors, 1, said);
    assert.match(said, /non-progress cycle/);
  });

  async function search(defines: readonly string[], { forCycles = false } = {}): Promise<Search> {
    const options = { cwd: mkdtempSync(path.join(folder, 'search-')), timeout: LIMIT_MS, maxBuffer: 1024 * 1024 };
    await run(tools.spin, ['-a', ...defines.map((define) => `-D${define}`), MODEL], options);
    // Optimising takes longer than the search of a fault.
    const isFault = defines.some((define) => define.startsWith('FAULT_'));
    await run(tools.cc, [isFault ? '-O0' : '-O1', forCycles ? '-DNP' : '-DSAFETY', '-DNOFAIR', '-DMEMLIM=1024', '-o', 'pan', 'pan.c'], options);
    const { stdout: said } = await run(path.join(options.cwd, 'pan'), [`-m${DEEPEST}`, ...(forCycles ? ['-l'] : [])], options);
    return {
      said,
      errors: numberIn(said, /errors: (\d+)/),
      states: numberIn(said, /(\S+) states, stored/),
      isWhole: !/Search not completed|max search depth too small|out of memory/.test(said),
    };
  }
});

interface Search {
  readonly said: string;
  readonly errors: number;
  readonly states: number;
  readonly isWhole: boolean;
}

function numberIn(said: string, pattern: RegExp): number {
  return Number(pattern.exec(said)?.[1] ?? Number.NaN);
}
