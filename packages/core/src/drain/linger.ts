import type { DrainState, LeaveReason, TrafficBefore } from './types.ts';

export interface Leave {
  /** Milliseconds after the start of the drain. */
  readonly atMs: number;
  readonly reason: LeaveReason;
}

/** When lingering ends if no further request comes, and why then. Moves only later, with each request. */
export function leave(state: DrainState, lingerCapMs: number, floorMs: number): Leave {
  const cap: Leave = { atMs: lingerCapMs, reason: 'cap' };
  const wanted: Leave = state.balancerLetGo
    ? { atMs: SHORTEST_QUIET_MS, reason: 'released' }
    : { atMs: Math.max(floorMs, (state.lastRequestMs ?? Infinity) + state.quietMs), reason: 'quiet' };
  return wanted.atMs <= cap.atMs ? wanted : cap;
}

/**
 * How long there must be no request before silence means that the balancer has let go: seven mean gaps, since a Poisson stream pauses
 * that long by chance once in e^7 ≈ 1100 gaps. A target that never saw two requests gives no idea of its traffic and lingers to the cap.
 */
export function quietMs(traffic: TrafficBefore): number {
  if (traffic.meanGapMs === undefined) return Infinity;
  return Math.max(SHORTEST_QUIET_MS, MEAN_GAPS * traffic.meanGapMs);
}

/** Evidence that the balancer let go before the drain began, as it does in a normal deployment: then there is nothing to wait for. */
export function balancerLetGo(traffic: TrafficBefore): boolean {
  if (traffic.healthChecksStopped) return true;
  if (traffic.meanGapMs === undefined || traffic.lastRequestAgoMs === undefined) return false;
  return traffic.lastRequestAgoMs >= Math.max(LONG_SILENCE_MS, MEAN_GAPS * traffic.meanGapMs);
}

const MEAN_GAPS = 7;
const SHORTEST_QUIET_MS = 3_000;
const LONG_SILENCE_MS = 10_000;
