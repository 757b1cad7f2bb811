export type { Deregistration } from '@spotproof/world';
import type { Deregistration, StopReason, TaskState } from '@spotproof/world';
import type { BalancerConfig, BalancerReport } from '../balancer/protocol.ts';
import type { LoadSummary } from '../load/protocol.ts';
import type { RequestSpec } from '../load/request-spec.ts';
import type { FaultKind, LabFault, PlannedFault } from './fault.ts';

/**
 * Everything that one lab run left behind, apart from the two record files that it names: what the verdict is made from.
 * All times named `…At` are epoch milliseconds with fractions, comparable with the records of the balancer and of the load generator.
 */
export interface LabRun {
  readonly options: LabOptions;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly phases: LabPhases;
  /** True when each task was PID 1 of a PID namespace of its own, as in a container. */
  readonly pidNamespaces: boolean;
  /** In the order of their start: the first tasks, then replacements. */
  readonly tasks: readonly LabTask[];
  /** Everything that happened to tasks, in order of time: the states, signals and observations of `tasks` as one list. */
  readonly timeline: readonly LabEvent[];
  /** The faults that were put on tasks, in the order in which they began. */
  readonly faults: readonly LabFault[];
  readonly targetHealth: readonly TargetHealthReport[];
  readonly targetDraining: readonly TargetDrainingReport[];
  /** `client.ndjson`: one `ClientRecord` a line. The file may be missing when the load never started. */
  readonly clientRecordsPath: string;
  /** `balancer.ndjson`: one `BalancerRecord` a line. */
  readonly balancerRecordsPath: string;
  readonly accessLogPath: string | undefined;
  /** Of a run with `options.work`. */
  readonly work?: LabWork | undefined;
  /** Undefined when the generator did not finish. */
  readonly load: LoadSummary | undefined;
  /** Undefined when the balancer did not finish. */
  readonly balancer: BalancerSummary | undefined;
  /** Sentences that a reader should know before believing the figures. */
  readonly warnings: readonly string[];
  /** What ended the run early. */
  readonly failure: LabFailure | undefined;
  /** The caller's signal was aborted (Ctrl-C). */
  readonly cancelled: boolean;
}

/** What is known of the sink besides its record. */
export interface LabWork {
  /** `work.ndjson`: one `WorkRecord` a line. */
  readonly recordsPath: string;
  /** How many lines it has; undefined when the sink did not finish. */
  readonly records: number | undefined;
  /** How long the run was to wait for open work at most, and how long it did, in milliseconds. */
  readonly waitMs: number;
  readonly waitedMs: number;
}

/** When each part of the run began; undefined when the run did not get there. */
export interface LabPhases {
  /** Load without any interruption. */
  readonly controlAt: number | undefined;
  /** The schedule of interruptions counts from here. */
  readonly interruptionAt: number | undefined;
  /** The generator was told to plan no more requests. */
  readonly finishingAt: number | undefined;
  /** All answers were in. */
  readonly loadDoneAt: number | undefined;
}

export interface LabTask {
  readonly id: string;
  readonly name: string;
  readonly port: number;
  /** The task this one was started to replace. */
  readonly replaces: string | undefined;
  readonly states: readonly { readonly state: TaskState; readonly at: number }[];
  readonly stopReason: StopReason | undefined;
  readonly listeningAt: number | undefined;
  /** When the balancer was told to register it. */
  readonly registeredAt: number | undefined;
  /** The Spot notice. Set only for interrupted tasks: the verdict is about these. */
  readonly interruptedAt: number | undefined;
  /** When the balancer was told to deregister it; each node learned of it up to the node lag later. */
  readonly deregisteredAt: number | undefined;
  readonly sigtermAt: number | undefined;
  readonly sigkillAt: number | undefined;
  /** When its port stopped listening, to the nearest 50 ms or so; undefined where that cannot be observed. */
  readonly listenerClosedAt: number | undefined;
  readonly exitedAt: number | undefined;
  /** What its first process exited with; 137 when it was killed. */
  readonly exitCode: number | undefined;
  readonly exitSignal: string | undefined;
  /** SIGKILLed at the end of the stop timeout. The lab's own clearing up at the end of the run does not count. */
  readonly killed: boolean;
  /** It ended without having been told to. */
  readonly crashed: boolean;
  /** It was still running when the load was over, and was stopped by the lab. */
  readonly stoppedAtEnd: boolean;
  /** The runtime in the task said that it protects a server. */
  readonly announced: boolean;
  /** What the runtime in the task said about its drain, if it was there: a `DrainReport`, as parsed from its line of JSON. */
  readonly drainReport: unknown;
  /** The name of its first process when SIGTERM came, as the system knows it: a shell that gave way to the app (`exec`) is none any more. Undefined where the system does not tell. */
  readonly firstProcess: string | undefined;
  /** A handler for SIGTERM was in place in its first process when SIGKILL was about to come; undefined where that was not, or could not be, looked at. */
  readonly handlesSigterm: boolean | undefined;
  /** The first lines that came out of it after SIGTERM. */
  readonly saidAfterSigterm: readonly string[];
  /** The last lines of its output. */
  readonly output: readonly string[];
  /** All of its output. */
  readonly outputPath: string;
}

export type LabEvent =
  | { readonly type: 'task-state'; readonly at: number; readonly taskId: string; readonly state: TaskState; readonly reason: StopReason | undefined }
  | { readonly type: 'task-listening'; readonly at: number; readonly taskId: string }
  | { readonly type: 'task-registered'; readonly at: number; readonly taskId: string }
  | { readonly type: 'task-interrupted'; readonly at: number; readonly taskId: string }
  | { readonly type: 'task-deregistered'; readonly at: number; readonly taskId: string }
  | { readonly type: 'task-signal'; readonly at: number; readonly taskId: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly type: 'task-fault'; readonly at: number; readonly taskId: string; readonly kind: FaultKind; readonly change: 'began' | 'ended' }
  | { readonly type: 'task-listener-closed'; readonly at: number; readonly taskId: string }
  | {
      readonly type: 'task-exited';
      readonly at: number;
      readonly taskId: string;
      readonly exitCode: number | undefined;
      readonly exitSignal: string | undefined;
      readonly crashed: boolean;
    };

export type TargetHealthReport = Extract<BalancerReport, { readonly type: 'target-health' }>;
export type TargetDrainingReport = Extract<BalancerReport, { readonly type: 'target-draining' }>;
export type BalancerSummary = Extract<BalancerReport, { readonly type: 'stopped' }>;

export interface LabFailure {
  /** `app`: the command under test or how it was called (exit code 2). `lab`: a part of Spotproof (exit code 3). */
  readonly of: 'app' | 'lab';
  readonly kind: LabFailureKind;
  /** What happened, what was expected, and the next step; may have several lines. */
  readonly message: string;
  readonly taskId: string | undefined;
}

export type LabFailureKind =
  | 'command-not-found'
  | 'exited-at-once'
  | 'never-listened'
  | 'port-taken'
  | 'never-healthy'
  /** `protect` was asked for, and no task said that it is protected. */
  | 'not-protected'
  | 'balancer-failed'
  | 'load-failed'
  | 'relay-failed'
  | 'sink-failed'
  | 'controller-failed'
  | 'took-too-long'
  | 'internal';

/** The options of one run, all given: defaults and parsing belong to the command. */
export interface LabOptions {
  /** The program and its arguments; `{port}` in an argument stands for the task's port. At least one entry. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Added to the environment of the lab itself. */
  readonly env: Readonly<Record<string, string>>;
  /** The variable that tells a task its port. */
  readonly portEnv: string;
  /** How many tasks the service wants running, 1 to 50. */
  readonly tasks: number;
  /** How long a task may take until its port accepts connections. */
  readonly startTimeoutMs: number;
  /** Preload `@spotproof/runtime/auto` into every Node process of a task and tell it its stop timeout. */
  readonly protect: boolean;
  /** `auto`: a PID namespace for each task where the system allows it. `off`: never, for systems and tests without. */
  readonly pidNamespaces: 'auto' | 'off';

  readonly stopTimeoutMs: number;
  readonly deregistration: Deregistration;
  /** How late a balancer node may learn of a deregistration, drawn for each node between 0 and this. 0 to 5000 in what is known of AWS. */
  readonly maxNodeLagMs: number;
  /** When the scheduler starts a replacement for an interrupted task. */
  readonly replacement: 'at-notice' | 'after-stopped' | 'never';
  /** Relative to the start of the interruption phase. */
  readonly interruptions: readonly PlannedInterruption[];
  /** What makes tasks sick without an interruption. */
  readonly faults: readonly PlannedFault[];

  /** The balancer's attributes; the lab adds where to write. */
  readonly balancer: Omit<BalancerConfig, 'recordsPath' | 'accessLogPath'>;
  readonly accessLog: boolean;

  readonly ratePerSecond: number;
  readonly requests: readonly RequestSpec[];
  /** How long the load runs before the interruption phase begins. */
  readonly controlMs: number;
  /** Length of the interruption phase; undefined: until two seconds after the last interrupted task is gone. */
  readonly durationMs: number | undefined;
  readonly seed: number;
  /** Give the tasks a sink to tell what work they accepted and did (`SPOTPROOF_SINK`), and wait so long for what is open after the last answer. */
  readonly work?: { readonly waitMs: number } | undefined;
  /** Where records, outputs and reports go. Made when it does not exist. */
  readonly runDirectory: string;
}

export interface PlannedInterruption {
  readonly count: number | 'all';
  readonly atMs: number;
}
