import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { DrainReport } from '@spotproof/runtime';
import { namespacePrefix } from './exec/support/supervised.ts';
import { waitFor } from './support/wait-for.ts';

// Real npm, into which NODE_OPTIONS brings the preload as it does in an image. It does not run on its own: who signals it signals npm alone, as ECS
// does, or its whole process group, as dumb-init does.

const RUNTIME = path.join(import.meta.dirname, '..');
/** Another Node to run all of it on: it gets the built package, since it may be too old for the sources. */
const OTHER = process.env['SPOTPROOF_TEST_NODE'];
const AUTO = pathToFileURL(path.join(RUNTIME, ...(OTHER === undefined ? ['src', 'auto.ts'] : ['dist', 'auto.js']))).href;
const NODE_OPTIONS = `${OTHER === undefined ? '--conditions=@spotproof/source ' : ''}--import ${AUTO}`;
const APP = path.join(RUNTIME, 'test', 'programs', 'app.mjs');
/** Leaves as soon as nothing is open: how long it lingers is shown elsewhere. */
const QUICK = 'WATCH_REPORT_DEPENDENCIES=1';

let folder = '';
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'spotproof-manager-'));
  const scripts = {
    start: `${QUICK} node ${APP}`,
    code: `${QUICK} HANDLER=code node ${APP}`,
    lingers: `node ${APP}`,
    levels: 'npm run --silent lingers; exit $?',
    piped: `${QUICK} node ${APP} | node reader.mjs`,
    impatient: 'node impatient.mjs',
    tool: 'node tool.mjs',
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ scripts }));
  // As some runners do: hands the signal on and waits for nothing.
  writeFileSync(
    path.join(folder, 'impatient.mjs'),
    `const app = (await import('node:child_process')).spawn('node', [${JSON.stringify(APP)}], { stdio: 'inherit', env: { ...process.env, ${QUICK.replace('=', ': ')} } });
    process.on('SIGTERM', () => process.exit(app.kill() ? 1 : 2));`,
  );
  // As pretty printers of logs do.
  writeFileSync(path.join(folder, 'reader.mjs'), 'process.stdin.pipe(process.stdout);');
  writeFileSync(path.join(folder, 'tool.mjs'), "setInterval(() => {}, 1000); console.log('working');");
  // One that waits for a program without listening for signals itself, as `npm ci` does for git.
  writeFileSync(path.join(folder, 'npm-cli.mjs'), "(await import('node:child_process')).spawn('node', ['tool.mjs'], { stdio: 'inherit' });");
  symlinkSync(path.join(folder, 'npm-cli.mjs'), path.join(folder, 'npm'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

void describe('a package manager that the preload has reached', { concurrency: 4 }, () => {
  test('npm start as PID 1 hands SIGTERM on, so that the open request is answered, and passes the exit code on', async () => {
    await using npm = await Managed.start(['npm', 'start'], { asFirstProcess: true });
    const answer = npm.get('/slow?ms=700');
    await npm.until(/started/);

    npm.signal('SIGTERM');

    assert.equal(await answer, 'slow');
    assert.equal((await npm.ended).code, 0, npm.output);
    assert.equal(npm.report().outcome, 'drained');
    assert.doesNotMatch(npm.output, /SIGTERM will not reach/);
  });

  test("an exit code of the app that is not 0 is npm's", async () => {
    await using npm = await Managed.start(['npm', 'run', 'code']);

    npm.signal('SIGTERM');

    assert.equal((await npm.ended).code, 7, npm.output);
  });

  for (const [title, script, send] of [
    ['a signal to the whole group ends the shell between at once, and npm only after the app', 'start', 'signalGroup'],
    ['a runner that ends before what it has started does not take npm along', 'impatient', 'signal'],
  ] as const) {
    test(title, async () => {
      await using npm = await Managed.start(['npm', 'run', script]);
      const answer = npm.get('/slow?ms=1200');
      await npm.until(/started/);

      npm[send]('SIGTERM');
      let isAnswered = false;
      const wasAnswered = npm.gone.then(() => isAnswered);

      assert.equal(await answer, 'slow');
      isAnswered = true;
      assert.equal(await wasAnswered, true, `npm ended before the app\n${npm.output}`);
      await npm.ended;
      assert.equal(npm.report().lostCount, 0);
    });
  }

  test('over two levels the first SIGTERM begins the linger and the second ends it', async () => {
    await using npm = await Managed.start(['npm', 'run', 'levels'], { env: { SPOTPROOF_STOP_TIMEOUT: '30' } });

    npm.signal('SIGTERM');
    await npm.until(/phase lingering/);
    await new Promise((resolve) => setTimeout(resolve, SAME_SIGNAL_MS));
    assert.doesNotMatch(npm.output, /phase draining/);
    npm.signal('SIGTERM');

    assert.equal((await npm.ended).code, 0, npm.output);
    assert.equal(npm.output.match(/phase lingering/g)?.length, 1);
  });

  test('what reads the output of the app is not told, and reads to the end', async () => {
    await using npm = await Managed.start(['npm', 'run', 'piped']);
    const answer = npm.get('/slow?ms=300');
    await npm.until(/started/);

    npm.signal('SIGTERM');

    assert.equal(await answer, 'slow');
    await npm.ended;
    assert.equal(npm.report().outcome, 'drained');
    assert.match(npm.output, /phase flushed/);
  });

  test('a tool that has no server ends by the signal, and npm with it', async () => {
    await using npm = await Managed.start(['npm', 'run', 'tool'], { ready: /working/ });

    npm.signal('SIGTERM');

    assert.deepEqual(await npm.ended, { code: 143, signal: null }, npm.output);
  });

  test('one that would die of the signal by itself still does', async () => {
    await using npm = await Managed.start(['node', './npm'], { ready: /working/ });

    npm.signal('SIGTERM');

    assert.deepEqual(await npm.gone, { code: null, signal: 'SIGTERM' });
    npm.signalGroup('SIGTERM');
  });
});

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A command in a process group of its own. */
class Managed implements AsyncDisposable {
  /** The process itself has ended. */
  readonly gone: Promise<Ending>;
  /** So has everything that holds its output. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #isNamespace: boolean;
  #output = '';
  #isOver = false;

  private constructor(child: ChildProcess, isNamespace: boolean) {
    this.#child = child;
    this.#isNamespace = isNamespace;
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.gone = new Promise((resolve) => void child.once('exit', (code, signal) => resolve({ code, signal })));
    this.ended = new Promise((resolve, reject) => {
      // A program that nobody has told holds the output.
      child.once('exit', () => setTimeout(() => reject(new Error(`it ended, and left a program behind\n${this.#output}`)), LONGEST_WAIT_MS).unref());
      child.once('close', (code, signal) => {
        this.#isOver = true;
        resolve({ code, signal });
      });
    });
  }

  static async start(
    command: readonly string[],
    {
      asFirstProcess = false,
      env = {},
      ready = /^listening (\d+)$/m,
    }: { readonly asFirstProcess?: boolean; readonly env?: Readonly<Record<string, string>>; readonly ready?: RegExp } = {},
  ): Promise<Managed> {
    const [program = '', ...args] = [...(asFirstProcess ? (namespacePrefix() ?? []) : []), ...command];
    const child = spawn(program, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_LIFE_MS,
      killSignal: 'SIGKILL',
      env: {
        PATH: `${path.dirname(OTHER ?? process.execPath)}${path.delimiter}${process.env['PATH']}`,
        HOME: folder,
        npm_config_update_notifier: 'false',
        SPOTPROOF_REPORT: 'stderr',
        SPOTPROOF_STOP_TIMEOUT: '4',
        PROTECT: 'no',
        NODE_OPTIONS,
        ...env,
      },
    });
    const managed = new Managed(child, asFirstProcess);
    try {
      await managed.until(ready);
    } catch (error) {
      await managed[Symbol.asyncDispose]();
      throw error;
    }
    return managed;
  }

  get output(): string {
    return this.#output;
  }

  async until(pattern: RegExp): Promise<void> {
    await waitFor(`${pattern} in the output`, () => pattern.test(this.#output) || this.#isOver, LONGEST_WAIT_MS);
    if (!pattern.test(this.#output)) throw new Error(`ended without ${pattern}:\n${this.#output}`);
  }

  /** The body of an answer of the app. */
  async get(target: string): Promise<string> {
    const port = Number(/^listening (\d+)$/m.exec(this.#output)?.[1]);
    return await new Promise((resolve, reject) => {
      const request = http.get({ host: '127.0.0.1', port, path: target }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.once('end', () => resolve(body));
      });
      request.once('error', (error) => reject(new Error(`${error.message}\n${this.#output}`)));
    });
  }

  /** To the process that a container's runtime would signal, alone. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.#isNamespace ? firstChildOf(this.#child.pid ?? 0) : (this.#child.pid ?? 0), signal);
  }

  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-(this.#child.pid ?? 0), signal);
  }

  report(): DrainReport {
    const lines = this.#output.split('\n').filter((line) => line.startsWith('{"schema"'));
    if (lines.length !== 1 || lines[0] === undefined) throw new Error(`expected one report, got ${lines.length}:\n${this.#output}`);
    // The shape is what the tests then assert.
    return JSON.parse(lines[0]) as DrainReport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      process.kill(-(this.#child.pid ?? 0), 'SIGKILL');
    } catch {
      // All of it has ended.
    }
    await this.ended;
  }
}

function firstChildOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
}

/** Signals that come closer together than 250 ms are one. */
const SAME_SIGNAL_MS = 300;
/** Machines that run tests can be very slow; only a real fault takes this long. */
const LONGEST_WAIT_MS = 30_000;
const LONGEST_LIFE_MS = 60_000;
