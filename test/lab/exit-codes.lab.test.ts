import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SseReader } from '../../packages/spotproof/test/live/sse-reader.ts';
import { BIN, lab, ROOT, spotproof } from './support/lab-cli.ts';

const QUICK = [
  '--rate',
  '30',
  '--tasks',
  '2',
  '--nodes',
  '1',
  '--control',
  '1',
  '--interrupt',
  '1@0.5s',
  '--stop-timeout',
  '4',
  '--health-check',
  '/,1s,2',
  '--deregister-after',
  '1',
];

describe('a mistake on the command line ends with exit code 2 and a sentence', { concurrency: 4 }, () => {
  let directory = '';
  let takenPort = '';
  const taken = createServer();
  before(async () => {
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const address = taken.address();
    assert.ok(typeof address === 'object' && address !== null);
    takenPort = String(address.port);
    directory = mkdtempSync(path.join(tmpdir(), 'spotproof-usage-'));
    writeFileSync(path.join(directory, 'requests.json'), '[{ "path": "no-slash" }]');
  });
  after(() => {
    taken.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const cases: readonly (readonly [what: string, args: (directory: string) => readonly string[], says: RegExp])[] = [
    ['an unknown option', () => ['lab', '--taks', '3', '--', 'node', 'x'], /unknown option '--taks'[\s\S]*Did you mean --tasks/],
    ['an unknown command', () => ['labb'], /unknown command 'labb'/],
    ['no command to run', () => ['lab'], /missing required argument 'command'/],
    ['a value out of range', () => ['lab', '--tasks', '0', '--', 'node', 'x'], /--tasks must be a whole number from 1 to 50, got "0"/],
    ['two options that exclude each other', () => ['lab', '--protect', '--compare', '--', 'node', 'x'], /--compare must be given without --protect/],
    [
      'a requests file that is not there',
      (at) => ['lab', '--requests', path.join(at, 'nothing.json'), '--', 'node', 'x'],
      /--requests must name a file that can be read/,
    ],
    ['a requests file with a mistake', (at) => ['lab', '--requests', path.join(at, 'requests.json'), '--', 'node', 'x'], /begins with "\/"/],
    [
      'a report directory that cannot be',
      (at) => ['lab', '--report', path.join(at, 'requests.json', 'x'), '--', 'node', 'x'],
      /--report must name a directory/,
    ],
    [
      'a port for the live page that is none',
      (at) => ['lab', '--ui', '70000', '--report', at, '--', 'node', 'x'],
      /--ui must be a whole number from 0 to 65535/,
    ],
    [
      'a port for the live page that is taken',
      (at) => ['lab', '--ui', takenPort, '--report', at, '--', 'node', 'x'],
      /--ui must be a port .* that is free/,
    ],
    [
      'an option that needs the local AWS',
      (at) => ['lab', '--controller', '--report', at, '--', 'node', 'x'],
      /--controller must be given with --aws/,
    ],
    [
      'an option that the local AWS cannot have',
      (at) => ['lab', '--aws', '--fault', 'hang', '--report', at, '--', 'node', 'x'],
      /--fault must be left out with --aws/,
    ],
    [
      'a port for the local AWS that is taken',
      (at) => ['lab', '--aws', '--aws-port', takenPort, '--report', at, '--', 'node', 'x'],
      /--aws-port must be a port .* that is free/,
    ],
    ['a program that does not exist', (at) => ['lab', '--report', at, '--', 'no-such-program'], /no-such-program was not found in PATH/],
    ['a program that exits at once', (at) => ['lab', '--report', at, '--', 'node', '--eval', 'process.exit(7)'], /exit code 7 before it listened/],
    [
      '--protect on something that is not Node',
      (at) => ['lab', '--protect', '--report', at, ...QUICK, '--', 'sh', 'test/lab/programs/serve.sh', '{port}'],
      /not protected|did not announce|no task/i,
    ],
  ];
  for (const [what, args, says] of cases) {
    test(what, async () => {
      const { exitCode, stdout, stderr } = await spotproof(args(directory));
      // Terminal text is folded; a sentence may be broken anywhere between its words.
      const said = `${stdout}\n${stderr}`.replaceAll(/\s+/g, ' ');

      assert.equal(exitCode, 2, said);
      assert.match(said, says);
      assert.doesNotMatch(said, /\bat .*\.(?:js|ts):\d+/, 'no stack trace');
    });
  }
});

describe('how a run ends decides the exit code', { concurrency: 4 }, () => {
  test('an app that ignores SIGTERM and loses nothing is loudly `killed`, exit code 0, and its live page is told all of it', async () => {
    let page: Promise<SseReader> | undefined;
    const { exitCode, report } = await lab([...QUICK, '--ui', '--', 'node', 'test/lab/programs/deaf.mjs'], (text) => {
      const url = /^Live page: (\S+)$/m.exec(text)?.[1];
      if (url !== undefined) page = SseReader.open(url);
    });

    assert.deepEqual([report.verdict, exitCode, report.requests.lost], ['killed', 0, 0], report.summary);
    const told = (await page)?.messages ?? [];
    const events = (await page)?.events ?? [];
    assert.deepEqual([events[0]?.type, told.at(-1)?.event], ['run', 'done']);
    assert.deepEqual([events.at(-1)?.type, events.at(-1)?.['verdict']], ['verdict', 'killed']);
    for (const type of ['phase', 'task', 'target', 'load', 'balancer'])
      assert.ok(
        events.some((event) => event.type === type),
        `the page was told of a ${type}`,
      );
    assert.match(JSON.stringify(events), /"kind":"signal","signal":"SIGKILL"/);
  });

  test('the same with --strict is exit code 1', async () => {
    assert.equal((await lab(['--strict', ...QUICK, '--', 'node', 'test/lab/programs/deaf.mjs'])).exitCode, 1);
  });

  test('an app that crashes in the middle is exit code 1', async () => {
    const { exitCode, report } = await lab([...QUICK, '--env', 'CRASH_AFTER_REQUESTS=20', '--', 'node', 'test/lab/programs/crashing.mjs']);

    assert.deepEqual([report.verdict, exitCode], ['lost', 1], report.summary);
    assert.ok(report.tasks.some((task) => task.crashed));
  });

  test('Ctrl-C is exit code 130', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'spotproof-interrupt-'));
    try {
      const child = spawn(process.execPath, [BIN, 'lab', '--report', directory, ...QUICK, '--', 'node', 'test/lab/programs/quick.mjs'], {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('control phase')) child.kill('SIGINT');
      });

      assert.equal(await ended, 130);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
