import type { DrainCause, DrainPhase } from '@spotproof/core/drain';
import type { Hook, HookOptions } from './life/hooks.ts';
import type { DrainReport } from './life/report.ts';
import type { WorkDetails } from './life/tracked-work.ts';

/** The life of this process, as user code sees it. All protected servers of a process share one. */
export interface Protection {
  /** Drains now, with the whole budget from here on. Safe to call again; the first cause is kept. */
  drain(cause?: DrainCause): Promise<DrainReport>;
  /** Ends everything that is open at once, without hooks, and counts it as lost. */
  destroy(): void;
  readonly phase: DrainPhase;
  /** Requests (other than health checks), upgraded connections and tracked work that are open now. */
  readonly inFlight: number;
  /** Aborted when the drain begins: *please wrap up*. The reason is a `SPOTPROOF_DRAINING` error. */
  readonly draining: AbortSignal;
  /** Aborted shortly before connections are cut: *stop now*. The reason is a `SPOTPROOF_STOP` error. */
  readonly stop: AbortSignal;
  /** Resolves when a drain is over; never before one was begun. */
  readonly report: Promise<DrainReport>;
  /**
   * Runs `hook` after the last request has been answered. Resources are released in reverse order of registration, each within its own deadline,
   * and one that throws or hangs is reported without stopping the others.
   *
   * @returns A handle that takes the hook away again.
   */
  hook(name: string, hook: Hook, options?: HookOptions): Disposable;
  /**
   * Counts work that is no HTTP request as open until it is disposed; left over at the end, it is named in the report.
   *
   * @example using work = protection.track('import', { file });
   */
  track(name: string, details?: WorkDetails): Disposable;
}
