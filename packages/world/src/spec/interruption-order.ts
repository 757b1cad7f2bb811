import type { Random } from '../random.ts';

/**
 * When a task leaves its target group on a Spot interruption. AWS promises no order between the two, and it has changed over the years, so the
 * profiles name what has been documented or seen:
 *
 * - `current`: deregistered 0 to 1 s before SIGTERM. What AWS announced on 2023-02-13.
 * - `late`: 0 to 10 s after SIGTERM with a stop timeout of 30 s, up to 60 s with one of 120 s. What users reported in 2020 and again in 2025
 *   (containers-roadmap #797 and #2673).
 * - `event-late`: as `late`, and the event comes after SIGTERM too, so that nobody outside the task can help (containers-roadmap #2673, 2025-09-11). The event's own
 *   delay is the business of `createDelivery`, which has a profile of this name.
 * - `worst`: only when the task is STOPPED. What the AWS Knowledge Center page on Spot termination notices still warns of.
 */
export type Deregistration =
  | { readonly kind: 'profile'; readonly profile: DeregistrationProfile }
  /** A fixed time after SIGTERM; negative: before it. */
  | { readonly kind: 'after-sigterm'; readonly delayMs: number }
  | { readonly kind: 'never' };

export type DeregistrationProfile = 'current' | 'late' | 'event-late' | 'worst';

/** What follows one Spot notice, in milliseconds after it. */
export interface InterruptionPlan {
  readonly sigtermAfterMs: number;
  readonly deregister: { readonly afterMs: number } | 'at-stopped' | 'never';
}

/** Draws the order of one interruption. At most one number is drawn. */
export function planInterruption(options: {
  readonly deregistration: Deregistration;
  readonly stopTimeoutMs: number;
  readonly random: Random;
}): InterruptionPlan {
  const { deregistration, stopTimeoutMs, random } = options;
  switch (deregistration.kind) {
    case 'never':
      return { sigtermAfterMs: 0, deregister: 'never' };
    case 'after-sigterm':
      return {
        sigtermAfterMs: Math.max(0, -deregistration.delayMs),
        deregister: { afterMs: Math.max(0, deregistration.delayMs) },
      };
    case 'profile':
      switch (deregistration.profile) {
        case 'current':
          return { sigtermAfterMs: random.integer(0, MAX_LEAD_MS), deregister: { afterMs: 0 } };
        case 'late':
        case 'event-late':
          return { sigtermAfterMs: 0, deregister: { afterMs: random.integer(0, maxLatenessMs(stopTimeoutMs)) } };
        case 'worst':
          return { sigtermAfterMs: 0, deregister: 'at-stopped' };
      }
  }
}

/** The latest deregistration of the profile `late`: 10 s after SIGTERM at a stop timeout of 30 s, 60 s at 120 s, on straight lines between and below. */
export function maxLatenessMs(stopTimeoutMs: number): number {
  if (stopTimeoutMs <= 30_000) return Math.round(stopTimeoutMs / 3);
  return Math.round(10_000 + ((Math.min(stopTimeoutMs, 120_000) - 30_000) * 50) / 90);
}

const MAX_LEAD_MS = 1000;
