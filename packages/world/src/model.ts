import type { WorldConfig } from './config.ts';
import type { WorldEffect } from './effects.ts';
import { PickableSet } from './pickable-set.ts';
import { createRandom, type Random } from './random.ts';
import type { Task } from './task.ts';
import { Timers } from './timers.ts';

/** What a world is made of, changed in place by the files beside this one and by nothing else. */
export interface Model {
  readonly config: WorldConfig;
  now: number;
  begun: boolean;
  /** Every task that has not come to its end, by id. */
  readonly tasks: Map<string, Task>;
  /** Tasks that are RUNNING and wanted. */
  readonly running: PickableSet<string>;
  readonly timers: Timers<Job>;
  /** Tasks to be started as soon as there is capacity, by the id of what they replace. */
  readonly missing: (string | undefined)[];
  launchesAvailable: number | undefined;
  tasksLaunched: number;
  /** Tasks in a row that ended before they ran. */
  failedStarts: number;
  /** One stream per concern: one more draw for one of them leaves the others as they were. */
  readonly chance: { readonly choice: Random; readonly order: Random; readonly lag: Random; readonly delay: Random };
  /** What the step under way has brought about so far. */
  effects: WorldEffect[];
}

export type Job =
  | { readonly type: 'provisioned' | 'placed' | 'sigterm' | 'sigkill' | 'deregister' | 'deprovisioned'; readonly taskId: string }
  | { readonly type: 'launch'; readonly replaces: string };

export function createModel(config: WorldConfig): Model {
  return {
    config,
    now: Number.NEGATIVE_INFINITY,
    begun: false,
    tasks: new Map(),
    running: new PickableSet(),
    timers: new Timers(),
    missing: [],
    launchesAvailable: config.launchesAvailable,
    tasksLaunched: 0,
    failedStarts: 0,
    chance: {
      choice: createRandom(config.seed, 'interrupted-tasks'),
      order: createRandom(config.seed, 'interruption-order'),
      lag: createRandom(config.seed, 'node-lag'),
      delay: createRandom(config.seed, 'task-delays'),
    },
    effects: [],
  };
}
