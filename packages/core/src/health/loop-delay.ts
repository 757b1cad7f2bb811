/** One late turn of the event loop: a timer that should have run at `at − lateMs` ran at `at`. */
export interface LateTurn {
  readonly at: number;
  readonly lateMs: number;
}

export interface StallRules {
  /** Only turns at least this late count, in milliseconds: small delays are load, not a stall. */
  readonly stallMs: number;
  /** How far back is looked, in milliseconds. */
  readonly windowMs: number;
  /** The share of the window that may have been stalled, above 0 and up to 1. */
  readonly blockedShare: number;
}

export interface LoopView {
  readonly status: 'live' | 'stalled';
  /** How much of the window the loop stood still, 0 to 1. */
  readonly blockedShare: number;
  readonly longestMs: number;
}

/**
 * Whether a process is still worth keeping: it is not when its event loop stood still for more than half of the last half minute. One long stall
 * that is over proves nothing, since a restart would not undo it; a loop that is blocked again and again answers nobody in time. A loop that
 * stands still for good cannot even answer the check, which is the same verdict.
 *
 * @param dueAt When the timer that measures should run next; being late already counts.
 */
export function loopView(turns: readonly LateTurn[], dueAt: number, now: number, rules: StallRules = STALL_RULES): LoopView {
  const all = [...turns, { at: now, lateMs: Math.max(0, now - dueAt) }];
  const from = now - rules.windowMs;
  let blockedMs = 0;
  let longestMs = 0;
  for (const { at, lateMs } of all) {
    if (lateMs < rules.stallMs || at <= from) continue;
    // What lies before the window does not count.
    const insideMs = Math.min(lateMs, at - from);
    blockedMs += insideMs;
    longestMs = Math.max(longestMs, lateMs);
  }
  const blockedShare = Math.min(1, blockedMs / rules.windowMs);
  return { status: blockedShare > rules.blockedShare ? 'stalled' : 'live', blockedShare, longestMs };
}

/** A slow boot, which may block the loop for ten seconds, passes; a check of 10 s × 3 sees a sick process before a minute is over. */
export const STALL_RULES: StallRules = { stallMs: 1_000, windowMs: 30_000, blockedShare: 0.5 };
