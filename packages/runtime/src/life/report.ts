import type { DrainCause, DrainPhase, LeaveReason } from '@spotproof/core/drain';
import type { ConsumerReport } from './consumer.ts';
import type { PlatformReport } from '../platform/platform.ts';
import type { HookReport } from './hooks.ts';
import type { WorkDetails } from './tracked-work.ts';

/**
 * How a drain went: the value that `drain()` resolves to and the line that `SPOTPROOF_REPORT` asks for. Times named `…Ms` are milliseconds after
 * the drain began, unless they are durations. Additions keep the schema number; removals and changes of meaning raise it.
 */
export interface DrainReport extends PlatformReport {
  readonly schema: 'spotproof.drain/1';
  readonly pid: number;
  /**
   * `drained`: everything that was open came to its own end. `deadline`: the budget ran out on something. `escalated`: `destroy()` or a second
   * SIGINT. `exited`: something else ended the process before the drain was over.
   */
  readonly outcome: 'drained' | 'deadline' | 'escalated' | 'exited';
  /** 0 when nothing was lost, 1 otherwise; the app's own code where it asked for another than 0. */
  readonly exitCode: number;
  readonly cause: DrainCause;
  readonly leaveReason: LeaveReason | undefined;
  readonly budgetMs: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** When each phase was entered. */
  readonly phases: Readonly<Partial<Record<DrainPhase, number>>>;
  /** Requests that came after the drain began, other than health checks. */
  readonly requestsAfterStart: number;
  /** Answers that were completed after the drain began, by the phase in which they were. */
  readonly served: { readonly lingering: number; readonly draining: number };
  /** Requests whose connection ended before their answer did, by their client or by the app. */
  readonly abandoned: number;
  readonly healthChecksAnswered: number;
  /** At most 1000 of them; `lostCount` has them all. */
  readonly lost: readonly LostItem[];
  readonly lostCount: number;
  /**
   * Cluster workers and threads that were drained with this process, where there are any. What they served, answered and lost is part of the
   * figures above.
   */
  readonly workers?: readonly WorkerReport[];
  /** How each consumer ended that `consumer()` registered. */
  readonly consumers: readonly ConsumerReport[];
  readonly hooks: readonly HookReport[];
  /** What `@spotproof/runtime/auto` kept from happening until the drain was done. */
  readonly held: readonly HeldItem[];
  /** What a person should change, in sentences. */
  readonly warnings: readonly string[];
}

/** How the drain of a cluster worker or a thread went; its losses stand in the report that this is a part of. */
export interface WorkerReport extends Pick<
  DrainReport,
  'pid' | 'outcome' | 'exitCode' | 'durationMs' | 'phases' | 'lostCount' | 'consumers' | 'hooks' | 'held' | 'warnings'
> {
  /** `worker` or `thread`, and its id. */
  readonly name: string;
}

export interface LostItem {
  /** `connection`: one of a plain TCP server. `worker`: a cluster worker or thread that ended without a report, with all that it had. */
  readonly kind: 'request' | 'upgraded-connection' | 'connection' | 'work' | 'worker';
  /**
   * Method and path without the query for a request, the remote address for a connection, the name given to `track` or by a consumer for work.
   */
  readonly name: string;
  /** The cluster worker or thread that lost it, if it was not this process itself. */
  readonly worker?: string;
  /** How long it had been open. */
  readonly ageMs: number;
  readonly reason: 'deadline' | 'escalated' | 'exited';
  readonly details?: WorkDetails;
}

export interface HeldItem {
  readonly what: 'SIGTERM listener' | 'SIGINT listener' | 'process.exit' | 'server.close';
  /** The listener's function name, or the code that was passed to `process.exit`. */
  readonly detail: string;
  /** `file:line:column` of whoever registered or called it, where known. */
  readonly at: string | undefined;
  readonly afterMs: number;
}

export const MOST_LOST_NAMED = 1000;
