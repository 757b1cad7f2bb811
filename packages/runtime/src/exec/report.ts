import type { DrainState } from '@spotproof/core/drain';
import { MOST_LOST_NAMED, type DrainReport, type LostItem } from '../life/report.ts';
import type { FrontCounts } from './front/front.ts';

/** How a stop under `spotproof-exec` went. Without `--front` no request was seen, so the counts of requests are zero. */
export interface ExecReport extends DrainReport {
  readonly program: ProgramFacts;
}

interface ProgramFacts {
  /** Without its arguments, which may hold secrets. */
  readonly file: string;
  readonly pid: number;
  /** When it was told to stop; undefined if it ended before. */
  readonly toldAfterMs: number | undefined;
  readonly toldSignal: string | undefined;
  readonly endedAfterMs: number | undefined;
  /** True when it, or something that it had started, did not end in time. */
  readonly killed: boolean;
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export function execReport(facts: {
  readonly state: DrainState;
  readonly pid: number;
  readonly outcome: DrainReport['outcome'];
  readonly exitCode: number;
  readonly budgetMs: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Undefined without a front. */
  readonly counts: FrontCounts | undefined;
  /** Requests that the program broke off in good health. */
  readonly brokenOff: number;
  readonly lost: readonly LostItem[];
  readonly warnings: readonly string[];
  readonly program: ProgramFacts;
}): ExecReport {
  const { state, counts, lost } = facts;
  return {
    schema: 'spotproof.drain/1',
    pid: facts.pid,
    outcome: facts.outcome,
    exitCode: facts.exitCode,
    cause: state.cause ?? 'manual',
    leaveReason: state.leaveReason,
    budgetMs: facts.budgetMs,
    startedAt: facts.startedAt.toISOString(),
    durationMs: facts.durationMs,
    phases: Object.fromEntries(Object.entries(state.enteredMs).map(([phase, atMs]) => [phase, Math.round(atMs)])),
    requestsAfterStart: counts?.requestsAfterStart ?? 0,
    served: { lingering: counts?.answeredLingering ?? 0, draining: counts?.answeredDraining ?? 0 },
    abandoned: (counts?.abandoned ?? 0) + facts.brokenOff,
    healthChecksAnswered: counts?.healthChecksAnswered ?? 0,
    lost: lost.slice(0, MOST_LOST_NAMED),
    lostCount: lost.length,
    hooks: [],
    consumers: [],
    held: [],
    warnings: facts.warnings,
    program: facts.program,
  };
}
