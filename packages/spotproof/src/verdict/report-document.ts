import type { Outcome, Protocol } from '../load/client-record.ts';
import type { FaultReport } from './fault-document.ts';
import type { WorkReport } from './work/work-document.ts';

/**
 * The one document that a lab run ends in: `--json` prints it, `report.json` holds it, the HTML page draws it.
 * Times named `…At` are milliseconds after `startedAt`. Additions keep the schema number; removals and changes of meaning raise it.
 */
export interface LabReport {
  readonly schema: 'spotproof.lab/1';
  readonly verdict: Verdict;
  readonly exitCode: number;
  /** One sentence for a person. */
  readonly summary: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly run: RunDescription;
  readonly phases: PhaseTimes;
  readonly requests: RequestTotals;
  /** WebSockets and event streams, by protocol; empty when the load had none. Each of their connections counts as one request too. */
  readonly connections: readonly ConnectionReport[];
  readonly latency: LatencyReport;
  readonly tasks: readonly TaskReport[];
  /** One entry for each fault that was put on a task. */
  readonly faults: readonly FaultReport[];
  /** What became of the work that the tasks told the sink of; only of a run with `--work`. */
  readonly work?: WorkReport;
  readonly blame: readonly BlameEntry[];
  /** Every lost request, at most 1000 of them. */
  readonly losses: readonly LossEntry[];
  /** What a reader should know before believing the figures. */
  readonly warnings: readonly string[];
  readonly spotproofVersion: string;
}

/**
 * `clean` nothing lost · `contained` nothing but what a planted fault took from the sick task before it had to be out of rotation · `lost` something was · `killed` nothing lost, but a task had to be SIGKILLed · `app-failed` the app could not be started or never listened ·
 * `void` the lab cannot vouch for its own figures · `cancelled` Ctrl-C.
 */
export type Verdict = 'clean' | 'contained' | 'lost' | 'killed' | 'app-failed' | 'void' | 'cancelled';

/** The options of the run after defaults, so that it can be repeated. */
export interface RunDescription {
  readonly command: readonly string[];
  readonly protected: boolean;
  readonly tasks: number;
  readonly nodes: number;
  readonly ratePerSecond: number;
  readonly controlMs: number;
  readonly profile: string;
  readonly deregistration: string;
  readonly deregistrationDelayMs: number;
  readonly stopTimeoutMs: number;
  readonly healthCheck: string;
  readonly seed: number;
  /** True when each task was PID 1 of a PID namespace of its own, as in a container. */
  readonly pidNamespaces: boolean;
  /** The command that repeats this run. */
  readonly repeat: string;
}

/** When each part of the run began; undefined when it did not get there. */
export interface PhaseTimes {
  readonly controlAt: number | undefined;
  readonly interruptionAt: number | undefined;
  readonly finishingAt: number | undefined;
}

/** `answered + tolerated + lost + lostInControl + lostToFaults` is always `total`. */
export interface RequestTotals {
  readonly planned: number;
  readonly sent: number;
  /** All that were sent and ended, in both phases. */
  readonly total: number;
  readonly answered: number;
  /** Bad answers that the app also gave in the control phase to the same kind of request: its ordinary behaviour, so not lost, but not good either. */
  readonly tolerated: number;
  /** Lost in the interruption phase, each counted once. What the exit code stands on. */
  readonly lost: number;
  /** The same, as a client that retries once at another moment would see it: only what cannot be safely repeated, or failed again, is left. */
  readonly lostWithOneRetry: number;
  /** Lost before the interruption phase began. Counts only with `--strict`. */
  readonly lostInControl: number;
  /** Lost on a sick task to the fault that was planted on it, before its health checks had to take it out of rotation. Expected: no failure. */
  readonly lostToFaults: number;
  readonly byClass: Readonly<Partial<Record<Outcome, number>>>;
  /** Requests that their client sent more than once, whatever became of them in the end. */
  readonly repeated: number;
}

/** What became of the connections that stay open. */
export interface ConnectionReport {
  readonly protocol: Protocol;
  /** Reconnects included. */
  readonly opened: number;
  /** Clients that came back after they had been told to. */
  readonly reconnects: number;
  /** The server said that it goes, and ended the connection as its protocol has it. */
  readonly toldToReconnect: number;
  /** WebSockets that the server ended, by the close code that the client saw. 1006 is none. */
  readonly closeCodes: Readonly<Record<string, number>>;
  /** How the farewells of each task were spread: from the first to the last. */
  readonly farewells: readonly { readonly taskId: string | undefined; readonly count: number; readonly spreadMs: number }[];
  /** Broken without a word. */
  readonly cut: number;
  /** Messages that crossed with a close and were sent again on the next connection. */
  readonly carriedOver: number;
}

export interface LatencyReport {
  /** False when the generator was too late for latency figures to mean anything (p99 lateness above 10 ms). */
  readonly valid: boolean;
  readonly latenessP99Ms: number;
  readonly control: Percentiles | undefined;
  readonly interruption: Percentiles | undefined;
  /** One entry a second of the run. */
  readonly series: readonly LatencyPoint[];
}

export interface Percentiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** A second of the run, counted from the first request: latency of the answered requests that were intended in it, and how many were lost in it (the second in which the loss was seen). */
export interface LatencyPoint {
  readonly at: number;
  readonly answered: number;
  readonly lost: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

export interface TaskReport {
  readonly id: string;
  readonly name: string;
  readonly port: number;
  /** The task this one was started to replace. */
  readonly replaces: string | undefined;
  /** ECS task states with the time each was entered. */
  readonly states: readonly { readonly state: string; readonly at: number }[];
  readonly listeningAt: number | undefined;
  readonly interruptedAt: number | undefined;
  readonly sigtermAt: number | undefined;
  /** When each node first sent new requests to it, or could have. */
  readonly joinedBalancer: readonly { readonly node: string; readonly at: number }[];
  /** When each node stopped sending new requests to it, and why. */
  readonly leftBalancer: readonly { readonly node: string; readonly at: number; readonly why: 'deregistered' | 'unhealthy' }[];
  /** When its port stopped listening. */
  readonly listenerClosedAt: number | undefined;
  readonly exitedAt: number | undefined;
  readonly exitCode: number | undefined;
  readonly exitSignal: string | undefined;
  /** SIGKILLed at the end of the stop timeout. */
  readonly killed: boolean;
  /** It ended without having been told to. */
  readonly crashed: boolean;
  readonly served: number;
  readonly lost: number;
  /** The last new request that a node sent to it. */
  readonly lastRequestAt: number | undefined;
  /** New requests that nodes sent to it, by the second (counted from the first request) in which they did and by what became of them. Seconds without any are left out. */
  readonly traffic: readonly { readonly at: number; readonly answered: number; readonly lost: number }[];
  /** What the runtime in the task said about its drain, if it was there. */
  readonly drainReport: unknown;
  /** The last lines of its output. */
  readonly output: readonly string[];
}

export interface BlameEntry {
  readonly count: number;
  readonly sentence: string;
  /** What to change, when that is known. */
  readonly fix: string | undefined;
  readonly taskId: string | undefined;
  readonly phase: 'control' | 'interruption';
  /** The commonest outcome among them. */
  readonly outcome: Outcome;
  /** A few of the requests. */
  readonly requestIds: readonly string[];
}

export interface LossEntry {
  readonly id: string;
  readonly name: string;
  /** When it was sent. */
  readonly at: number;
  /** When the loss was seen. */
  readonly endedAt: number;
  readonly phase: 'control' | 'interruption';
  readonly outcome: Outcome;
  readonly status: number | undefined;
  readonly taskId: string | undefined;
  readonly node: string;
  readonly detail: string | undefined;
  /** False when a handler may have done the work already and the method is not idempotent: a retry may do it twice. */
  readonly safeToRetry: boolean;
}
