import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readRecords } from '../../../src/lab/run-files.ts';
import { parseRequestsFile } from '../../../src/load/requests-file.ts';
import { judge } from '../../../src/verdict/judge.ts';
import type { LabRun } from '../../../src/verdict/lab-run.ts';
import { parseBalancerRecords, parseClientRecords } from '../../../src/verdict/records.ts';
import type { LabReport } from '../../../src/verdict/report-document.ts';
import { growth, readHoldings, recordHoldings, type Growth, type Holding } from './growth.ts';
import { labOptions, run } from './lab.ts';

export interface Interruptions {
  readonly count: number;
  /** From one to the next; a drain takes some 15 s, so several overlap. */
  readonly everyMs: number;
  readonly ratePerSecond: number;
  readonly stopTimeoutMs: number;
  /** Left out: all of the mixed load. Answers must be shorter than the stop timeout leaves time for. */
  readonly kinds?: readonly string[];
  /** Load before the first sample: connections are opened as they are first needed, and kept. */
  readonly warmUpMs: number;
  readonly sampleEveryMs: number;
}

export interface Outcome {
  readonly run: LabRun;
  readonly report: LabReport;
  /** Of the lab, its balancer and its load generator, between two moments of the same load and the same number of tasks. */
  readonly growth: Readonly<Record<string, Growth>>;
}

/** Three protected tasks under the mixed load; one after the other is taken back and replaced at its notice. */
export async function interruptManyTimes(
  t: { after(act: () => void): void },
  { count, everyMs, ratePerSecond, stopTimeoutMs, kinds, warmUpMs, sampleEveryMs }: Interruptions,
): Promise<Outcome> {
  const plain = labOptions();
  const mixed = parseRequestsFile(readFileSync(path.join(ROOT, 'examples/mixed/requests.json'), 'utf8'));
  const file = path.join(plain.runDirectory, 'holdings.ndjson');
  const firstAtMs = 3.5 * sampleEveryMs;
  const lastAtMs = firstAtMs + (count - 1) * everyMs;
  const options = {
    ...plain,
    command: [process.execPath, path.join(ROOT, 'examples/mixed/server.mjs')],
    requests: mixed.filter(({ name }) => kinds?.includes(name) ?? true),
    tasks: TASKS,
    protect: true,
    stopTimeoutMs,
    deregistration: { kind: 'after-sigterm', delayMs: stopTimeoutMs / 10 },
    balancer: {
      ...plain.balancer,
      healthCheck: { path: '/health', intervalMs: 1_000, timeoutMs: 900, healthyThreshold: 2, unhealthyThreshold: 2, matcher: [200, 299] },
    },
    ratePerSecond,
    controlMs: warmUpMs,
    interruptions: Array.from({ length: count }, (_, index) => ({ count: 1, atMs: firstAtMs + index * everyMs })),
    // The last drains end, and as many samples follow as were taken before the first.
    durationMs: lastAtMs + stopTimeoutMs + firstAtMs,
  } as const;
  process.env['HOLDINGS_FILE'] = file;
  process.env['HOLDINGS_EVERY_MS'] = String(sampleEveryMs);
  let recording: { stop(): void } | undefined;
  const { run: result } = await run(t, options, {
    modules: { balancer: program('balancer'), load: program('load') },
    onProgress: (progress) => {
      if (progress.type === 'phase' && progress.phase === 'interruption') recording = recordHoldings({ of: 'lab', file, everyMs: sampleEveryMs });
      if (progress.type === 'phase' && progress.phase === 'finishing') recording?.stop();
    },
  });
  recording?.stop();
  const report = judge({
    run: result,
    client: parseClientRecords(await readRecords(result.clientRecordsPath)).records,
    balancer: parseBalancerRecords(await readRecords(result.balancerRecordsPath)).records,
    strict: true,
    repeat: '',
    spotproofVersion: '0.0.0',
  });
  return { run: result, report, growth: growthDuring(result, readHoldings(file)) };
}

/** Within the interruption phase, between moments at which the tasks are three: a stalled machine makes tasks unhealthy, and those are replaced as well. */
function growthDuring({ phases, tasks }: LabRun, holdings: readonly Holding[]): Readonly<Record<string, Growth>> {
  const { interruptionAt = Infinity, finishingAt = 0 } = phases;
  const during = holdings.filter(({ atMs }) => atMs > interruptionAt && atMs < finishingAt && tasksAt(tasks, atMs) === TASKS);
  return Object.fromEntries(['lab', 'balancer', 'load'].map((name) => [name, growth(during.filter(({ of }) => of === name))]));
}

function tasksAt(tasks: LabRun['tasks'], atMs: number): number {
  return tasks.filter(({ states, exitedAt }) => (states[0]?.at ?? Infinity) < atMs && atMs < (exitedAt ?? Infinity)).length;
}

function program(name: string): string {
  return path.join(import.meta.dirname, `recorded-${name}.program.ts`);
}

const TASKS = 3;
const ROOT = path.join(import.meta.dirname, '..', '..', '..', '..', '..');
