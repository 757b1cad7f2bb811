import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { LabReport } from '../../../packages/spotproof/src/verdict/report-document.ts';
import { parseWorkRecords } from '../../../packages/spotproof/src/verdict/work/work-records.ts';
import type { WorkReport } from '../../../packages/spotproof/src/verdict/work/work-document.ts';
import type { EffectRecord, WorkRecord } from '../../../packages/spotproof/src/work/work-record.ts';
import { spotproof, type LabResult } from './lab-cli.ts';

export interface WorkResult extends LabResult {
  readonly work: WorkReport;
  /** What the tasks told the sink, from the run's own folder. */
  readonly records: readonly WorkRecord[];
}

/** A task that is told 30 s and is given 2 drains until it is killed in the middle of its work. What it held is free soon. */
export const KILLED = ['--stop-timeout', '2', '--env', 'SPOTPROOF_STOP_TIMEOUT=30', '--env', 'LEASE_MS=1500', '--deregister-after', '1.5'];
/** A task that leaves by itself, in time. */
export const HANDED_OVER = ['--stop-timeout', '5', '--env', 'SPOTPROOF_STOP_TIMEOUT=5', '--deregister-after', '0'];

export const ORDERS = ['--requests', 'examples/lab-work/orders.json', '--', process.execPath, 'examples/lab-work/orders.mjs'];
export const SHIPMENTS = ['--requests', 'examples/lab-work/shipments.json', '--', process.execPath, 'examples/lab-work/shipments.mjs'];
export const FORGETFUL = ['--requests', 'examples/lab-work/shipments.json', '--', process.execPath, 'test/lab/programs/forgetful-shipments.mjs'];

/** `spotproof lab --work` with two tasks, of which one is taken back; again when it is void. They share a file, unless the arguments name another store. */
export async function labOfWork(t: TestContext, args: readonly string[]): Promise<WorkResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await once(t, args);
    if (result.report.verdict !== 'void' || attempt === MOST_ATTEMPTS) return result;
    t.diagnostic(`void run, trying again: ${result.report.summary}`);
  }
}

/** The tasks in which each piece of work of this kind was done, by the piece's first words. */
export function tasksByStem(records: readonly WorkRecord[], stemOf: (work: string) => string): ReadonlyMap<string, ReadonlySet<string | undefined>> {
  const found = new Map<string, Set<string | undefined>>();
  for (const { work, task } of records.filter(isDone)) found.set(stemOf(work), (found.get(stemOf(work)) ?? new Set()).add(task));
  return found;
}

async function once(t: TestContext, args: readonly string[]): Promise<WorkResult> {
  const directory = mkdtempSync(path.join(tmpdir(), 'spotproof-work-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const { exitCode, stdout, stderr } = await spotproof([
    ...['lab', '--json', '--work', '--report', directory, '--env', `STORE=${path.join(directory, 'state.db')}`],
    ...[
      '--tasks',
      '2',
      '--nodes',
      '1',
      '--node-lag',
      '0',
      '--control',
      '1',
      '--interrupt',
      '1@0.5s',
      '--duration',
      '4',
      '--health-check',
      '/readyz,1s,2',
    ],
    ...['--deregistration-delay', '1', ...args],
  ]);
  let report: LabReport;
  try {
    // The document's own schema is tested where it is made.
    report = JSON.parse(stdout) as LabReport;
  } catch (error) {
    throw new Error(`spotproof lab printed no JSON document (exit code ${exitCode}):\n${stdout}\n${stderr}`, { cause: error });
  }
  if (report.work === undefined) throw new Error(`the report has no work: ${report.summary}\n${stderr}`);
  const { records } = parseWorkRecords(readFileSync(path.join(directory, 'plain', 'work.ndjson'), 'utf8'));
  return { exitCode, report, progress: stderr, work: report.work, records };
}

function isDone(record: WorkRecord): record is EffectRecord {
  return record.type === 'effect' && record.outcome === 'done';
}

const MOST_ATTEMPTS = 3;
