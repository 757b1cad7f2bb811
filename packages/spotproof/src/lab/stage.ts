import type { NodeAddress } from '../balancer/protocol.ts';
import type { BalancerSummary, LabFailure, LabTask } from '../verdict/lab-run.ts';
import type { Faults, FaultyTask } from './faults/faults.ts';
import type { Lab } from './lab.ts';
import type { TargetViews } from './target-views.ts';
import type { TaskProcess } from './tasks/task-process.ts';

/**
 * Where the service of a run lives: who starts its tasks, takes them back, and sends them requests. What happens there is in the journal of the lab as it
 * happens; the run only asks, waits and drives load.
 */
export interface Stage {
  /** Whether each task is the first process of a PID namespace; undefined before {@link open}. */
  readonly pidNamespaces: boolean | undefined;
  /** Where clients connect; none until {@link open} has ended. */
  readonly nodes: readonly NodeAddress[];
  /** What each node makes of each target. */
  readonly views: TargetViews;
  /** Every task there ever was, in the order of their start. */
  readonly tasks: readonly StageTask[];
  /** How many tasks of the service run and have not been told to stop. */
  readonly running: number;
  /** Undefined when the balancer did not finish. */
  readonly balancerSummary: BalancerSummary | undefined;
  /** Resolves when requests could come. Ends the run, and rejects, when it does not come to that. */
  open(): Promise<void>;
  /** Makes the service; its tasks are on their way when this resolves. */
  begin(): Promise<void>;
  /** Every task is found healthy, and load is about to begin. */
  ready(): Promise<void>;
  /** The Spot notice for so many of the running tasks. */
  interrupt(count: number | 'all'): void;
  /** Nothing more will happen to the task: it is STOPPED, and deregistered if it ever will be. */
  isOver(taskId: string): boolean;
  /** What a fault is to hit; undefined for a task that there never was. */
  faultyTask(taskId: string): FaultyTask | undefined;
  /** Has the balancer finish what it has in hand, and write its records out. */
  stopBalancer(options: { readonly graceMs: number; readonly signal: AbortSignal }): Promise<void>;
  /** Ends everything that still runs, with a SIGTERM first and SIGKILL `graceMs` later, and waits until it is gone. Safe at any time, and twice. */
  close(graceMs: number): Promise<void>;
  /** What became of the tasks. Complete only after {@link close}. */
  labTasks(): Promise<readonly LabTask[]>;
}

/** One task with its real process. */
export interface StageTask {
  readonly id: string;
  /** As people read it. */
  readonly name: string;
  readonly process: TaskProcess;
  readonly interrupted: boolean;
}

export interface StageParts {
  readonly lab: Lab;
  readonly faults: Faults;
  /** A task did not come up (`start`), or ended without having been told to after it had (`stay`). */
  readonly onTaskFailure: (failure: LabFailure, what: 'start' | 'stay') => void;
}

/** Starts nothing yet. */
export type MakeStage = (parts: StageParts) => Stage;
