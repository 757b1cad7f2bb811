import type { StopReason, TaskState } from './task-states.ts';

/** What happens to a world, besides the passing of time. Inputs about tasks that are gone already change nothing: in a real cloud such news crosses. */
export type WorldInput =
  /** The service is created: its first tasks are started. */
  | { readonly type: 'begin' }
  /** The containers run. (In the lab: the port accepts connections.) */
  | { readonly type: 'task-started'; readonly taskId: string }
  | { readonly type: 'task-exited'; readonly taskId: string }
  /** The Spot notice for these tasks. */
  | { readonly type: 'interrupt'; readonly taskIds: readonly string[] }
  /** The Spot notice for so many of the running tasks, drawn by the seed. */
  | { readonly type: 'interrupt-some'; readonly count: number | 'all' }
  /** An ordinary stop: deregister, wait for the deregistration delay, then SIGTERM. */
  | { readonly type: 'stop'; readonly taskIds: readonly string[]; readonly code: 'UserInitiated' | 'ServiceSchedulerInitiated' }
  /** How many more tasks Spot has capacity for from now on; undefined for no limit. */
  | { readonly type: 'capacity'; readonly launchesAvailable: number | undefined }
  | { readonly type: 'tick' };

/** What the driver of a world must do, in order. */
export type WorldEffect =
  /** Start the containers; answer with `task-started`, or with `task-exited` when that fails. */
  | { readonly type: 'start-task'; readonly taskId: string; readonly replaces: string | undefined }
  /** Each node learns of it after its own lag: `lagMs` has one entry per node. */
  | { readonly type: 'register-target'; readonly taskId: string; readonly lagMs: readonly number[] }
  | { readonly type: 'deregister-target'; readonly taskId: string; readonly lagMs: readonly number[] }
  /** To the first process of the task; answer with `task-exited` when it has ended. */
  | { readonly type: 'send-signal'; readonly taskId: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly type: 'task-state-changed'; readonly taskId: string; readonly state: TaskState; readonly reason: StopReason | undefined }
  /** So many tasks are wanted and Spot has no capacity for them; the scheduler goes on trying. */
  | { readonly type: 'placement-failed'; readonly missing: number };
