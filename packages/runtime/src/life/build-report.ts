import type { DrainState } from '@spotproof/core/drain';
import type { PlatformReport } from '../platform/platform.ts';
import type { ProcessDoor } from '../process/door.ts';
import type { ConsumerReport } from './consumer.ts';
import type { HookReport } from './hooks.ts';
import type { LossLog } from './loss-log.ts';
import type { DrainReport, HeldItem, WorkerReport } from './report.ts';
import type { Tally } from './tally.ts';

export interface ReportFacts {
  readonly outcome: DrainReport['outcome'];
  readonly door: ProcessDoor;
  readonly state: DrainState;
  readonly budgetMs: number;
  readonly startedAt: Date;
  /** On the clock of `state`. */
  readonly now: number;
  /** What the app passed to a `process.exit` of its own, once the drain had let it. */
  readonly appExitCode: number | undefined;
  readonly tally: Tally;
  readonly losses: LossLog;
  readonly consumers: readonly ConsumerReport[];
  readonly hooks: readonly HookReport[];
  readonly held: readonly HeldItem[];
  readonly platform: PlatformReport;
  readonly warnings: readonly string[];
  readonly workers: readonly WorkerReport[];
}

/** Puts together how a drain went. */
export function buildReport(facts: ReportFacts): DrainReport {
  const { door, state, losses } = facts;
  const appCode =
    facts.appExitCode ?? door.exitCode() ?? facts.workers.find(({ exitCode, lostCount }) => exitCode !== 0 && lostCount === 0)?.exitCode ?? 0;
  return {
    schema: 'spotproof.drain/1',
    pid: door.pid,
    outcome: facts.outcome,
    exitCode: appCode !== 0 ? appCode : losses.count > 0 ? 1 : 0,
    cause: state.cause ?? 'manual',
    leaveReason: state.leaveReason,
    budgetMs: facts.budgetMs,
    startedAt: facts.startedAt.toISOString(),
    durationMs: Math.round(facts.now - (state.startedAt ?? facts.now)),
    phases: Object.fromEntries(Object.entries(state.enteredMs).map(([phase, atMs]) => [phase, Math.round(atMs)])),
    ...facts.tally.figures,
    lost: losses.named,
    lostCount: losses.count,
    ...(facts.workers.length === 0 ? {} : { workers: facts.workers }),
    consumers: facts.consumers,
    hooks: facts.hooks,
    held: facts.held,
    warnings: facts.warnings,
    ...facts.platform,
  };
}
