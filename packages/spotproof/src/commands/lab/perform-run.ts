import type { MakeStage } from '../../lab/stage.ts';
import type { LabListener, LabProgress } from '../../lab/listener.ts';
import { runLab } from '../../lab/run-lab.ts';
import { readRecords } from '../../lab/run-files.ts';
import { judge } from '../../verdict/judge.ts';
import type { LabOptions } from '../../verdict/lab-run.ts';
import { parseBalancerRecords, parseClientRecords } from '../../verdict/records.ts';
import type { LabReport } from '../../verdict/report-document.ts';
import { parseWorkRecords } from '../../verdict/work/work-records.ts';
import { VERSION } from '../../version.ts';
import { progressListener, type ProgressOptions } from './progress.ts';

export interface PerformOptions {
  readonly options: LabOptions;
  readonly progress: ProgressOptions;
  /** Hears what the progress line hears. */
  readonly live?: LabListener | undefined;
  /** Where the service lives, unless it is the lab's own. */
  readonly makeStage: MakeStage | undefined;
  readonly strict: boolean;
  readonly repeat: string;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** One lab run with its verdict. */
export async function performRun({ options, progress, live, makeStage, strict, repeat, signal }: PerformOptions): Promise<LabReport> {
  const line = progressListener(progress);
  const onProgress = (news: LabProgress): void => {
    line.onProgress(news);
    live?.onProgress(news);
  };
  const run = await runLab(options, { onProgress }, signal, makeStage === undefined ? {} : { makeStage });
  const client = parseClientRecords(await readRecords(run.clientRecordsPath));
  const balancer = parseBalancerRecords(await readRecords(run.balancerRecordsPath));
  const work = run.work === undefined ? undefined : parseWorkRecords(await readRecords(run.work.recordsPath)).records;
  return judge({ run, client: client.records, balancer: balancer.records, work, strict, repeat, spotproofVersion: VERSION });
}
