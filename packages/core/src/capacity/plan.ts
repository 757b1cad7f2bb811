import { holdTarget } from './held-target.ts';
import { recallNothing } from './memory.ts';
import { type CapacityOptions, type CapacitySettings, withDefaults } from './options.ts';
import { measureShortage, trackProgress } from './shortage.ts';
import type { CapacityAction, CapacityFigures, CapacityMemory, CapacityObservation, CapacityPlan, CapacityState } from './types.ts';

/**
 * What to do about the capacity of a service now. Every value it asks for is absolute and follows from what is observed, so lost, doubled and
 * reordered events cannot add up; the primary is never written. Ask again at least once a minute: time passes for the release, too.
 *
 * @param memory That of the last plan; undefined when there is none.
 */
export function plan(observation: CapacityObservation, memory: CapacityMemory | undefined, options: CapacityOptions): CapacityPlan {
  const settings = withDefaults(options);
  const remembered = calm(memory ?? recallNothing(observation, options), observation.at, settings);
  const before: CapacityMemory = { ...remembered, progress: trackProgress(observation, remembered) };
  const figures = measureShortage(observation, before, settings);
  const next = decide({ observation, before, figures, settings });
  const scaleIn = planScaleIn(observation, next.memory);
  return { actions: [...next.actions, ...scaleIn.actions], memory: scaleIn.memory, figures };
}

interface Situation {
  readonly observation: CapacityObservation;
  readonly before: CapacityMemory;
  readonly figures: CapacityFigures;
  readonly settings: CapacitySettings;
}

interface Decision {
  readonly actions: readonly CapacityAction[];
  readonly memory: CapacityMemory;
}

function decide(situation: Situation): Decision {
  const { observation, before, figures, settings } = situation;
  const standing = observation.fallback.desired;
  if (figures.deficit === 0 && figures.wanted <= standing && standing <= settings.warmTasks) return rest(situation);
  const alarm = exhaustion(situation);
  // Said once, when it begins.
  const alarms = alarm === undefined || before.state === 'EXHAUSTED' ? [] : [alarm];
  if (figures.wanted > standing) return raise(situation, alarm === undefined ? 'RAISING' : 'EXHAUSTED', alarms);
  if (alarm !== undefined) return stay(situation, 'EXHAUSTED', alarms);
  if (isFrozen(observation)) return stay(situation, 'FROZEN');
  if (figures.deficit > 0) return stay(situation, 'FALLBACK');
  return settle(situation);
}

/** Upwards at once, whatever else is going on. */
function raise({ observation, before, figures, settings }: Situation, raising: CapacityState, alarms: readonly CapacityAction[]): Decision {
  const { at, fallback } = observation;
  // What was let go is needed again already: it was too early.
  const isRelapse = before.releasedAt !== undefined && fallback.desired > settings.warmTasks;
  const { wanted, isBurst } = figures;
  // Warm tasks that are missing are no shortage of the primary.
  const state = figures.deficit > 0 ? raising : before.state;
  return {
    actions: [{ type: 'set-fallback', count: wanted, previous: fallback.desired, why: isBurst ? 'burst' : 'deficit' }, ...alarms],
    memory: {
      ...before,
      state,
      held: state === 'NORMAL' ? undefined : holdTarget(observation, before),
      shortSince: state === 'NORMAL' ? undefined : shortSince(observation, before),
      stableSince: undefined,
      stableForMs: isRelapse ? Math.min(2 * before.stableForMs, Math.max(LONGEST_STABLE_MS, settings.stableForMs)) : before.stableForMs,
      raisedAt: at,
      releasedAt: undefined,
    },
  };
}

function rest({ before }: Situation): Decision {
  return { actions: [], memory: atRest(before) };
}

function atRest(memory: CapacityMemory): CapacityMemory {
  return { ...memory, state: 'NORMAL', held: undefined, shortSince: undefined, stableSince: undefined };
}

function stay({ observation, before }: Situation, state: CapacityState, actions: readonly CapacityAction[] = []): Decision {
  return {
    actions,
    memory: { ...before, state, held: holdTarget(observation, before), shortSince: shortSince(observation, before), stableSince: undefined },
  };
}

/** The primary has no deficit: waits until that has lasted, then releases in steps. */
function settle({ observation, before, figures, settings }: Situation): Decision {
  const { at, primary, fallback } = observation;
  const stableSince = before.stableSince ?? at;
  const waiting: CapacityMemory = { ...before, held: holdTarget(observation, before), stableSince };
  if (at - stableSince < waitBeforeRelease(before, stableSince, settings)) return { actions: [], memory: { ...waiting, state: 'SETTLING' } };
  const releasing: CapacityMemory = { ...waiting, state: 'RELEASING' };
  if (before.releasedAt !== undefined && at - before.releasedAt < settings.releaseIntervalMs) return { actions: [], memory: releasing };
  // Never below what does not serve yet: tasks on their way are no reason to let go of others.
  const floor = Math.max(settings.warmTasks, figures.target - primary.serving);
  const count = Math.max(floor, Math.floor((1 - settings.releaseShare) * fallback.desired) - 1);
  if (count >= fallback.desired) return { actions: [], memory: releasing };
  const release: CapacityAction = { type: 'set-fallback', count, previous: fallback.desired, why: 'release' };
  // The last step is the end of it: there is nothing left to come back for.
  const after = count <= settings.warmTasks ? atRest(releasing) : releasing;
  return { actions: [release], memory: { ...after, releasedAt: at } };
}

/** A shortage that ended is over: the next one has its own beginning. */
function shortSince({ at }: CapacityObservation, { shortSince: since, stableSince }: CapacityMemory): number {
  return stableSince === undefined ? (since ?? at) : at;
}

/** A short shortage says little about Spot, a long one much; a relapse says that the last wait was too short. */
function waitBeforeRelease(memory: CapacityMemory, stableSince: number, { stableForMs }: CapacitySettings): number {
  if (memory.shortSince === undefined || memory.stableForMs > stableForMs) return memory.stableForMs;
  return Math.min(memory.stableForMs, Math.max(SHORTEST_STABLE_MS, stableSince - memory.shortSince));
}

/** The fallback cannot give what is missing. */
function exhaustion({ observation, figures, settings }: Situation): CapacityAction | undefined {
  if (figures.deficit === 0) return undefined;
  if (observation.fallback.placementFailed) return { type: 'alarm', code: 'fallback-not-placed', missing: figures.deficit };
  if (figures.deficit <= settings.maxFallback) return undefined;
  return { type: 'alarm', code: 'fallback-at-bound', missing: figures.deficit - settings.maxFallback };
}

function isFrozen({ primary, fallback, paused }: CapacityObservation): boolean {
  return paused || primary.isRollingOut || fallback.isRollingOut;
}

/** Application Auto Scaling must not shrink the primary while it is short: it starts from the running tasks, which are too few already. */
function planScaleIn({ scaleIn }: CapacityObservation, memory: CapacityMemory): Decision {
  const isShort = memory.state !== 'NORMAL';
  // Nothing to change for now, and nothing is forgotten: it may be there again.
  if (scaleIn === 'none') return { actions: [], memory };
  if (isShort && scaleIn === 'active') return { actions: [{ type: 'suspend-scale-in' }], memory: { ...memory, suspendedScaleIn: true } };
  if (!isShort && memory.suspendedScaleIn)
    return {
      actions: scaleIn === 'suspended' ? [{ type: 'resume-scale-in' }] : [],
      memory: { ...memory, suspendedScaleIn: scaleIn === 'suspended' },
    };
  return { actions: [], memory };
}

/** Every quiet quarter of a day halves what relapses have added. */
function calm(memory: CapacityMemory, at: number, { stableForMs }: CapacitySettings): CapacityMemory {
  const { raisedAt } = memory;
  if (raisedAt === undefined || memory.stableForMs <= stableForMs || at - raisedAt < CALM_MS) return memory;
  return { ...memory, stableForMs: Math.max(stableForMs, memory.stableForMs / 2), raisedAt: raisedAt + CALM_MS };
}

const SHORTEST_STABLE_MS = 60_000;
const LONGEST_STABLE_MS = 3_600_000;
const CALM_MS = 6 * 3_600_000;
