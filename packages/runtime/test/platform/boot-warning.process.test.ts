import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { DrainReport } from '@spotproof/runtime';
import { namespacePrefix } from '../exec/support/supervised.ts';

/** Where no namespace is to be had, the launcher is not PID 1 and nothing is said: these tests then fail, and rightly. */
const PREFIX = namespacePrefix() ?? [];
const RUNTIME = path.join(import.meta.dirname, '..', '..');
const APP = path.join(RUNTIME, 'test', 'programs', 'boot.mjs');
/** Another Node to run the app on: it gets the built package, since it may be too old for the sources. */
const OTHER = process.env['SPOTPROOF_TEST_NODE'];
const CONDITIONS = OTHER === undefined ? '--conditions=@spotproof/source ' : '';
const AUTO = pathToFileURL(path.join(RUNTIME, ...(OTHER === undefined ? ['src', 'auto.ts'] : ['dist', 'auto.js']))).href;
const PLAIN = `node ${CONDITIONS}${APP}`;
const PRELOADED = `node ${CONDITIONS}--import ${AUTO} ${APP}`;
const LACKS_RUN = spawnSync(OTHER ?? process.execPath, ['--run', 'nothing'])
  .stderr.toString()
  .includes('bad option')
  ? 'this Node has no --run'
  : false;

void describe('a launcher between PID 1 and the app', { concurrency: 4 }, () => {
  for (const [title, command, name] of [
    ['sh -c', ['sh', '-c', `${PRELOADED}; true`], 'PID 1 is `sh -c …`'],
    ['npm start', ['npm', 'start'], 'PID 1 is `npm start`'],
    ['node --run', ['node', '--run', 'start'], 'PID 1 is `node --run start`'],
    ['a script without exec', ['sh', './entrypoint.sh'], 'PID 1 is `sh entrypoint.sh`'],
  ] as const) {
    const skip = title === 'node --run' && LACKS_RUN;
    test(`${title} is named by auto before the app has run a line, once, with the fix`, { skip }, async () => {
      const { errors } = await inNamespace(command);

      const warnings = errors.filter((line) => line.includes('SIGTERM will not reach this app'));
      assert.equal(warnings.length, 1, errors.join('\n'));
      assert.match(warnings[0] ?? '', /^spotproof: .*exec|^spotproof: .*CMD \["node", "server.js"\]/);
      assert.ok(warnings[0]?.includes(name), warnings[0]);
      assert.ok(errors.indexOf(warnings[0] ?? '') < errors.indexOf('app begins'), errors.join('\n'));
    });
  }

  test('a shell above an npm that hands on is named once, by a preload that reaches npm and every Node program below it', async () => {
    const { errors } = await inNamespace(['sh', '-c', 'npm run plain; true'], { NODE_OPTIONS: `${CONDITIONS}--import ${AUTO}` });

    const warnings = errors.filter((line) => line.includes('SIGTERM will not reach'));
    assert.equal(warnings.length, 1, errors.join('\n'));
    assert.match(warnings[0] ?? '', /PID 1 is `sh -c …`/);
  });

  test('protect() puts it into the report and says nothing itself', async () => {
    const { errors } = await inNamespace(['sh', '-c', `${PLAIN}; true`], { PROTECT: 'yes' });

    const report = errors.find((line) => line.startsWith('{"schema"'));
    assert.ok(report !== undefined, errors.join('\n'));
    const { warnings } = JSON.parse(report) as DrainReport;
    assert.match(warnings.join('\n'), /PID 1 is `sh -c …`/);
    assert.deepEqual(
      errors.filter((line) => line !== report),
      ['app begins'],
    );
  });

  for (const [title, command, env] of [
    ['the app as PID 1 by exec', ['sh', '-c', `exec ${PRELOADED}`], {}],
    [
      'a program that starts the app through a shell',
      ['node', '-e', `require('child_process').spawn(${JSON.stringify(PRELOADED)}, { shell: true, stdio: 'inherit' })`],
      {},
    ],
    ['the check switched off', ['sh', '-c', `${PRELOADED}; true`], { SPOTPROOF_BOOT_CHECK: 'off' }],
    ['all of it switched off', ['sh', '-c', `${PRELOADED}; true`], { SPOTPROOF: 'off' }],
  ] as const) {
    test(`there is silence with ${title}`, async () => {
      const { errors } = await inNamespace(command, env);

      assert.ok(errors.includes('app begins'), errors.join('\n'));
      assert.ok(!errors.some((line) => line.includes('SIGTERM will not reach')), errors.join('\n'));
    });
  }
});

/** Runs the command as PID 1 of a PID namespace of its own, as a container does, until it ends. */
async function inNamespace(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<{ readonly errors: readonly string[] }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-boot-'));
  try {
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ scripts: { start: PRELOADED, plain: `node ${APP}` } }));
    writeFileSync(path.join(folder, 'entrypoint.sh'), `${PRELOADED}\ntrue\n`);
    const [program = '', ...args] = [...PREFIX, ...command];
    const child = spawn(program, args, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 60_000,
      killSignal: 'SIGKILL',
      env: {
        PATH: `${path.dirname(OTHER ?? process.execPath)}${path.delimiter}${process.env['PATH']}`,
        HOME: folder,
        SPOTPROOF_REPORT: 'stderr',
        SPOTPROOF_STOP_TIMEOUT: '2',
        ...env,
      },
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => resolve());
    });
    return { errors: text.split('\n').filter((line) => line !== '') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
