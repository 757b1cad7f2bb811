import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../support/command.ts';
import { parseEvents } from './events.ts';
import { RUN_MARKER, killLeftovers } from './leftovers.ts';
import { type FileTally, tally } from './tally.ts';

export interface RunFileOptions {
  /** Path of the test file, absolute or relative to the root. */
  readonly file: string;
  /** Unique for the file within the run. */
  readonly run: string;
  readonly limitMs: number;
  /** How long a process that is already ending may outlive the file. 3 s unless given. */
  readonly leftoverGraceMs?: number;
}

export interface FileResult extends FileTally {
  readonly file: string;
  readonly durationMs: number;
  /** What the spec reporter and the tests printed. */
  readonly output: string;
}

/** Runs one test file from source in a process of its own, and judges it. */
export async function runFile({ file, run, limitMs, leftoverGraceMs = 3_000 }: RunFileOptions): Promise<FileResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-gate-'));
  try {
    const eventsFile = path.join(folder, 'events.ndjson');
    const end = await runCommand({
      command: process.execPath,
      args: [
        '--conditions=@spotproof/source',
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        `--test-reporter=${REPORTER}`,
        `--test-reporter-destination=${eventsFile}`,
        file,
      ],
      env: { ...testEnvironment(process.env), [RUN_MARKER]: run },
      limitMs,
    });
    const leftovers = await killLeftovers({ run, sessionId: end.pid, graceMs: end.timedOut ? 0 : leftoverGraceMs });
    const result = tally({
      events: parseEvents(readFileSync(eventsFile, { encoding: 'utf8', flag: 'a+' })),
      status: end.status,
      signal: end.signal,
      timedOut: end.timedOut,
      limitMs,
      leftovers: leftovers.map(({ pid, commandLine }) => `${commandLine} (pid ${pid})`),
    });
    return { ...result, file, durationMs: end.durationMs, output: end.output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const REPORTER = path.join(import.meta.dirname, 'reporter.ts');

/** The tests' environment: what the shell happens to say to Node or to Spotproof must not change a result. */
function testEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) =>
      name !== 'NODE_OPTIONS' && name !== 'NODE_TEST_CONTEXT' && name !== 'PORT' && (!name.startsWith('SPOTPROOF_') || FOR_TESTS.test(name)),
  );
  return Object.fromEntries(kept);
}

const FOR_TESTS = /^SPOTPROOF_(?:FUZZ_RUNS|SEED|CHROMIUM)$/;
