import type { LabOptions } from '../verdict/lab-run.ts';
import type { Changes } from './changes.ts';
import type { Ending } from './ending.ts';
import type { Journal } from './journal.ts';
import type { LabListener } from './listener.ts';
import type { TimeLimits } from './time-limits.ts';

/** What the parts of one run share. */
export interface Lab {
  readonly options: LabOptions;
  readonly listener: LabListener;
  readonly journal: Journal;
  readonly ending: Ending;
  readonly limits: TimeLimits;
  readonly changes: Changes;
  readonly files: LabFiles;
  readonly modules: LabModules;
  /** What every task is told besides what it always is: where the sink of the run is. */
  environmentOf(taskId: string): Readonly<Record<string, string>>;
}

export interface LabFiles {
  readonly clientRecords: string;
  readonly balancerRecords: string;
  readonly accessLog: string | undefined;
  readonly workRecords: string;
}

/** The modules that the lab's own processes run. */
export interface LabModules {
  readonly balancer: string;
  readonly load: string;
  readonly relay: string;
  readonly sink: string;
}
