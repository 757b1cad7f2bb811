import type { JoinedRequest } from '../join.ts';
import type { LabRun, LabTask } from '../lab-run.ts';

/** One way to lose a request. The rules are asked in order; the first that explains a loss keeps it. */
export interface BlameRule {
  readonly id: string;
  /** True when the facts say that this is what lost the request. */
  readonly explains: (loss: JoinedRequest, facts: Facts) => boolean;
  /** Words for all the losses of one task in one phase that this rule explains. */
  readonly describe: (losses: Losses, facts: Facts) => Explanation;
}

export interface Explanation {
  /** One sentence with numbers, without the number of requests. */
  readonly sentence: string;
  /** What to change, when that is known. */
  readonly fix: string | undefined;
}

export type Losses = readonly [JoinedRequest, ...JoinedRequest[]];

/** What the rules look things up in. */
export interface Facts {
  readonly run: LabRun;
  /** When each node last sent a request to the task, lost ones included. */
  readonly lastSentBy: (task: LabTask) => ReadonlyMap<string, number>;
  /** What came of SIGTERM in the app; see `reactionsOf`. */
  readonly reactionsOf: (task: LabTask) => readonly string[];
}
