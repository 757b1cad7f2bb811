import type { ListenerProtocol, NodeAddress } from '../balancer/protocol.ts';
import type { Outcome } from './client-record.ts';
import type { RequestSpec } from './request-spec.ts';

/** What the lab tells the load generator process, over the IPC channel. The process ends when the channel closes. */
export type LoadCommand =
  | { readonly type: 'start'; readonly config: LoadConfig }
  /** Plan no more requests; await what is out; answer `done`. */
  | { readonly type: 'finish' };

export interface LoadConfig {
  readonly nodes: readonly NodeAddress[];
  /** What the nodes speak; `http` unless given. */
  readonly listener?: ListenerProtocol;
  /** Mean arrivals per second of the open model (Poisson). 0.1 to 20000. */
  readonly ratePerSecond: number;
  readonly seed: number;
  readonly requests: readonly RequestSpec[];
  /** Prefix of the request ids, `<prefix>-<number>`. */
  readonly idPrefix: string;
  /** Where to write one {@link ClientRecord} a line. */
  readonly recordsPath: string;
  /** Hard limit: the generator stops planning by itself after this. */
  readonly maxDurationMs: number;
}

/** What the load generator tells the lab. */
export type LoadReport =
  | { readonly type: 'started'; readonly at: number }
  /** Once a second while running. */
  | {
      readonly type: 'progress';
      readonly at: number;
      readonly planned: number;
      readonly sent: number;
      readonly ended: number;
      readonly byOutcome: Readonly<Partial<Record<Outcome, number>>>;
    }
  | { readonly type: 'done'; readonly summary: LoadSummary }
  | { readonly type: 'failed'; readonly message: string };

/** What says whether the generator's own figures can be believed. */
export interface LoadSummary {
  readonly planned: number;
  readonly sent: number;
  readonly ended: number;
  /** How late requests were sent against the plan, in milliseconds. */
  readonly latenessMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly maxLoopDelayMs: number;
  readonly cpuMs: number;
  readonly maxInFlight: number;
}
