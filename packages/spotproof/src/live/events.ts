/**
 * What the live page is told, in the order in which it happened: each is one message of `/events`, as JSON. Times named `at` are epoch milliseconds.
 * Additions are safe: a page does nothing with a type that it does not know.
 */
export type LiveEvent =
  | RunEvent
  | { readonly type: 'phase'; readonly at: number; readonly phase: string }
  /** Something that a reader should know before believing the figures. */
  | { readonly type: 'note'; readonly at: number; readonly text: string }
  | TaskEvent
  /** What one balancer node thinks of one target. */
  | {
      readonly type: 'target';
      readonly at: number;
      readonly node: string;
      readonly taskId: string;
      readonly state: string;
      readonly reason?: string | undefined;
    }
  | LoadEvent
  /** Requests that the balancer has in hand; once a second. */
  | { readonly type: 'balancer'; readonly at: number; readonly inFlight: number }
  | ControllerEvent
  | WorkEvent
  | VerdictEvent;

/** A run begins; a comparison has two. */
export interface RunEvent {
  readonly type: 'run';
  readonly at: number;
  readonly label: string;
  readonly command: readonly string[];
  readonly ratePerSecond: number;
}

export interface TaskEvent {
  readonly type: 'task';
  readonly at: number;
  readonly taskId: string;
  readonly change:
    | { readonly kind: 'state'; readonly state: string }
    | { readonly kind: 'listening' | 'registered' | 'interrupted' | 'deregistered' | 'listener-closed' }
    | { readonly kind: 'signal'; readonly signal: string }
    | { readonly kind: 'fault-began' | 'fault-ended'; readonly fault: string }
    /** `exit`: the code or the signal that it ended with. */
    | { readonly kind: 'exited'; readonly exit: string; readonly crashed: boolean };
}

/** How the load stands; once a second. All figures count from its start. */
export interface LoadEvent {
  readonly type: 'load';
  readonly at: number;
  readonly sent: number;
  readonly ended: number;
  /** `answered` is the one good outcome; which of the others are losses is for the verdict to say. */
  readonly byOutcome: Readonly<Record<string, number>>;
}

/**
 * A line of the capacity controller's decision log, as it wrote it. The page shows `type`, `unit`, `state`, `previousState`, `outcome`, `why`, `problem`,
 * the numbers in `figures` and the `actions`, as far as they are there.
 */
export interface ControllerEvent {
  readonly type: 'controller';
  readonly at: number;
  readonly decision: Readonly<Record<string, unknown>>;
}

/** How the work stands that the tasks told the sink of; soon after it has changed. All figures count pieces, from the start of the run. */
export interface WorkEvent {
  readonly type: 'work';
  readonly at: number;
  readonly expected: number;
  readonly done: number;
  readonly doubled: number;
  readonly absorbed: number;
}

/** What the run is judged to be; nothing follows but another run. */
export interface VerdictEvent {
  readonly type: 'verdict';
  readonly at: number;
  readonly verdict: string;
  /** The verdict as a person reads it. */
  readonly words: string;
  readonly tone: 'good' | 'bad' | 'doubtful';
  readonly summary: string;
  /** Undefined when no request was judged. */
  readonly requests: { readonly lost: number; readonly total: number } | undefined;
  /** Only of a run with a sink. */
  readonly work?: { readonly expected: number; readonly lost: number; readonly doubled: number } | undefined;
  /** How all requests ended, the last ones too. */
  readonly byOutcome: Readonly<Record<string, number>>;
  readonly blame: readonly { readonly count: number; readonly sentence: string; readonly fix?: string | undefined }[];
  readonly tasks: readonly { readonly taskId: string; readonly served: number; readonly lost: number }[];
  /** When the losses were seen, and on which task; the first {@link MOST_LOSSES} of them. */
  readonly losses: readonly { readonly at: number; readonly taskId?: string | undefined; readonly what: string }[];
  /** Where the whole report is, as a path that the person knows. */
  readonly report?: string | undefined;
}

export const MOST_LOSSES = 500;
