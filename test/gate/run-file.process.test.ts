import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RUN_MARKER, canFindLeftovers } from '../../scripts/gate/leftovers.ts';
import { type FileResult, runFile } from '../../scripts/gate/run-file.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'spotproof-planted-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('passed, failed and skipped tests are counted, parents of failed children too', async () => {
  const result = await judge(`
    test('good', () => {});
    test('bad', () => { throw new Error('planted'); });
    test('skipped', { skip: 'the reason' }, () => {});
    describe('suite', () => { test('inner', () => {}); });
  `);

  assert.deepEqual(counts(result), { passed: 2, failed: 1, skipped: 1 });
  assert.deepEqual(result.problems, []);
  assert.match(result.output, /planted/);
});

test('a skip without a reason is a problem, for a test and for a suite', async () => {
  const result = await judge(`
    test.skip('idle', () => {});
    describe('lazy', { skip: true }, () => { test('inner', () => {}); });
  `);

  assert.equal(result.problems.length, 2);
  assert.match(result.problems[0] ?? '', /"idle" is skipped without a reason/);
  assert.match(result.problems[1] ?? '', /"lazy" is skipped without a reason/);
  assert.equal(result.failed, 1);
});

test('a todo without a reason is a problem', async () => {
  const result = await judge(`test('later', { todo: true }, () => {});`);

  assert.match(result.problems[0] ?? '', /"later" is a todo without a reason/);
});

test('a file without a test is a problem', async () => {
  const result = await judge('const tests = [];');

  assert.deepEqual(result.problems, ['The file ran no test.']);
  assert.equal(result.failed, 1);
});

test('a file that cannot be loaded is a failure', async () => {
  const result = await judge(`import './missing.ts';`);

  assert.equal(result.failed, 1);
  assert.match(result.output, /missing\.ts/);
});

test('a hook that fails after the last test is a failure', async () => {
  const result = await judge(`
    import { after } from 'node:test';
    test('good', () => {});
    after(() => { throw new Error('planted in after'); });
  `);

  assert.equal(result.problems.length > 0 || result.failed > 0, true);
  assert.match(result.output, /planted in after/);
});

test('an exit in the middle is a failure although every finished test passed', async () => {
  const result = await judge(`
    test('good', () => {});
    test('leaves', async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      process.reallyExit(0);
    });
  `);

  assert.deepEqual(counts(result), { passed: 1, failed: 1, skipped: 0 });
  assert.deepEqual(result.problems, [`The file's process ended in the middle of "leaves".`]);
});

test('a file that does not end is killed at its limit, and the test that hangs is named', async () => {
  const result = await judge(
    `
      test('good', () => {});
      test('waits for ever', () => new Promise(() => { setInterval(() => {}, 1000); }));
    `,
    { limitMs: 3_000 },
  );

  assert.deepEqual(counts(result), { passed: 1, failed: 1, skipped: 0 });
  assert.match(result.problems[0] ?? '', /did not end within 3 s and was killed\. Still running: "waits for ever"/);
});

test('a handle that stays open after the tests is found at the limit', async () => {
  const result = await judge(`test('good', () => { setInterval(() => {}, 1000); });`, { limitMs: 3_000 });

  assert.match(result.problems[0] ?? '', /did not end within 3 s and was killed\. All of its tests had ended/);
});

const needsProc = canFindLeftovers ? false : 'processes are found through /proc, which only Linux has';

test('a process that outlives its test file is named and killed', { skip: needsProc }, async () => {
  const result = await judge(`
    import { spawn } from 'node:child_process';
    test('good', () => { spawn('sleep', ['61.5'], { stdio: 'ignore' }).unref(); });
  `);

  assert.equal(result.problems.length, 1);
  assert.match(result.problems[0] ?? '', /left behind and has been killed: sleep 61\.5 \(pid \d+\)/);
  await assertGone(result.problems[0] ?? '');
});

test('a process in a session of its own is found by its environment', { skip: needsProc }, async () => {
  const result = await judge(`
    import { spawn } from 'node:child_process';
    test('good', () => { spawn('sleep', ['62.5'], { stdio: 'inherit', detached: true }).unref(); });
  `);

  assert.match(result.problems[0] ?? '', /sleep 62\.5/);
  await assertGone(result.problems[0] ?? '');
});

test('a process whose environment was cleared is found by its session', { skip: needsProc }, async () => {
  const result = await judge(`
    import { spawn } from 'node:child_process';
    test('good', () => { spawn('sleep', ['63.5'], { stdio: 'ignore', env: {} }).unref(); });
  `);

  assert.match(result.problems[0] ?? '', /sleep 63\.5/);
});

test('what the shell says to Node and to Spotproof does not reach the tests', async () => {
  process.env['SPOTPROOF_STOP_TIMEOUT'] = '7';
  try {
    const result = await judge(`
      import assert from 'node:assert/strict';
      test('clean', () => {
        assert.equal(process.env.SPOTPROOF_STOP_TIMEOUT, undefined);
        assert.equal(process.env.NODE_TEST_CONTEXT, undefined);
      });
    `);

    assert.deepEqual(counts(result), { passed: 1, failed: 0, skipped: 0 });
  } finally {
    delete process.env['SPOTPROOF_STOP_TIMEOUT'];
  }
});

let planted = 0;

async function judge(body: string, { limitMs = 60_000 }: { readonly limitMs?: number } = {}): Promise<FileResult> {
  const file = path.join(folder, `planted-${planted++}.test.mts`);
  writeFileSync(file, `import { describe, test } from 'node:test';\n${body}\n`);
  return await runFile({ file, run: `${process.env[RUN_MARKER] ?? process.pid}/planted-${planted}`, limitMs, leftoverGraceMs: 300 });
}

function counts({ passed, failed, skipped }: FileResult): { readonly passed: number; readonly failed: number; readonly skipped: number } {
  return { passed, failed, skipped };
}

/** A process that was sent SIGKILL is there for a moment yet, and may then be a zombie until it is reaped; that has an empty command line. */
async function assertGone(problem: string): Promise<void> {
  const pid = Number(/pid (\d+)/.exec(problem)?.[1]);
  assert.ok(pid > 0);
  const commandLine = (): string => (existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '');
  for (let look = 0; commandLine() !== '' && look < LOOKS; look++) await delay(LOOK_EVERY_MS);
  assert.equal(commandLine(), '', `process ${pid} is still there`);
}

const LOOK_EVERY_MS = 20;
const LOOKS = 500;
