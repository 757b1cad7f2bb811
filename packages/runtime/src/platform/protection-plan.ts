/** What is known about the scale-in protection of this task. Instants are on one clock, in milliseconds. */
export interface ProtectionState {
  /** Work that a scale-in would destroy is open. */
  readonly isBusy: boolean;
  /** When the last work ended; undefined while there is some, or before there was any. */
  readonly idleSince: number | undefined;
  /** The drain has begun: whoever wants to stop this task may. */
  readonly announced: boolean;
  /** What the agent has confirmed last; `unknown` after a request that may or may not have been carried out. */
  readonly confirmed: 'on' | 'off' | 'unknown';
  readonly confirmedAt: number;
  /** No request before this instant, after one that failed. */
  readonly retryAt: number;
  /** `failed` for good: this task cannot be protected, and asking again would not change that. */
  readonly request: 'none' | 'under way' | 'failed';
}

export interface ProtectionPlan {
  /** Ask the agent for this now. */
  readonly ask: 'on' | 'off' | undefined;
  /** When to plan again if nothing happens before; undefined when only an event can change the plan. */
  readonly wakeAt: number | undefined;
}

export const UNPROTECTED: ProtectionState = {
  isBusy: false,
  idleSince: undefined,
  announced: false,
  confirmed: 'off',
  confirmedAt: 0,
  retryAt: -Infinity,
  request: 'none',
};

/**
 * Protects at once when work begins, and lets go only after a quiet while: the agent allows few calls for the whole account and region, so a stream
 * of short jobs must be one batch to it (ECS API: UpdateTaskProtection is throttled per account and region).
 */
export function planProtection(state: ProtectionState, now: number, rules: ProtectionRules = PROTECTION_RULES): ProtectionPlan {
  if (state.request !== 'none') return NOTHING;
  const { ask, wakeAt } = wish(state, now, rules);
  // A drain cannot wait for the pause after a failure.
  if (ask !== undefined && now < state.retryAt && !state.announced) return { ask: undefined, wakeAt: state.retryAt };
  return { ask, wakeAt };
}

function wish(state: ProtectionState, now: number, rules: ProtectionRules): ProtectionPlan {
  if (state.announced) return state.confirmed === 'off' ? NOTHING : { ask: 'off', wakeAt: undefined };
  if (state.isBusy) {
    if (state.confirmed !== 'on') return { ask: 'on', wakeAt: undefined };
    // Half of the time it lasts, so that a few failures do not end it.
    const renewAt = state.confirmedAt + (rules.expiresInMinutes * 60_000) / 2;
    return renewAt <= now ? { ask: 'on', wakeAt: undefined } : { ask: undefined, wakeAt: renewAt };
  }
  if (state.confirmed === 'off') return NOTHING;
  const releaseAt = (state.idleSince ?? now) + rules.releaseAfterMs;
  return releaseAt <= now ? { ask: 'off', wakeAt: undefined } : { ask: undefined, wakeAt: releaseAt };
}

export interface ProtectionRules {
  /** How long one request protects, in minutes, 1 to 2880 (ECS UpdateTaskProtection expiresInMinutes). */
  readonly expiresInMinutes: number;
  /** How long no work must have been open before protection ends, in milliseconds. */
  readonly releaseAfterMs: number;
}

/** 120 minutes is what ECS uses unless told. */
export const PROTECTION_RULES: ProtectionRules = { expiresInMinutes: 120, releaseAfterMs: 15_000 };

const NOTHING: ProtectionPlan = { ask: undefined, wakeAt: undefined };
