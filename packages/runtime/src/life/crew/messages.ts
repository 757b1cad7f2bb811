import type { DrainCause, DrainSchedule, TrafficBefore } from '@spotproof/core/drain';
import type { DrainReport } from '../report.ts';

/** What the one life of a service tells the lives of its workers and threads. */
export type ToMember =
  | {
      readonly type: 'begin';
      readonly cause: DrainCause;
      /** Milliseconds since the epoch: the deadlines are the same for all, however late this is read. */
      readonly startedAt: number;
      readonly schedule: DrainSchedule;
    }
  /** Lingering is over for the service. */
  | { readonly type: 'close' };

/** What a worker or thread tells the life above it. */
export type FromMember =
  /** It has a life and can be told to drain. */
  | { readonly type: 'hello' }
  | { readonly type: 'began'; readonly isListening: boolean; readonly traffic: TrafficBefore }
  /** Requests other than health checks come; said a few times a second at most. */
  | { readonly type: 'requested' }
  | { readonly type: 'report'; readonly report: DrainReport };
