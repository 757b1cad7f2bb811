import { balancerLetGo, leave, quietMs } from './linger.ts';
import type { DrainEffect, DrainInput, DrainPhase, DrainSchedule, DrainState, DrainStep, LeaveReason, TrafficBefore } from './types.ts';

/** A process that has not been told to stop. */
export const initialDrainState: DrainState = {
  phase: 'serving',
  enteredMs: { serving: 0 },
  cause: undefined,
  startedAt: undefined,
  schedule: undefined,
  leaveReason: undefined,
  quietMs: Infinity,
  balancerLetGo: false,
  lastRequestMs: undefined,
  open: 0,
  listenersClosed: false,
  destroyed: false,
};

/**
 * The life of a draining process as a pure function. It only moves forward, keeps its first cause, and always reaches `exited` before the
 * stop timeout if it is ticked at `wakeAt`. Inputs that come before `begin`, too late or twice change nothing.
 */
export function step(state: DrainState, input: DrainInput): DrainStep {
  if (input.type === 'begin') return begin(state, input);
  if (state.startedAt === undefined || state.schedule === undefined) return { state, effects: [], wakeAt: undefined };
  const life: Life = {
    state: absorb(state, input),
    effects: [],
    at: input.at,
    startedAt: state.startedAt,
    schedule: state.schedule,
  };
  if (input.type === 'hasten' && state.phase === 'lingering') endLinger(life, 'hastened');
  if (input.type === 'destroy') destroy(life);
  if (input.type === 'hooks-done' && state.phase === 'releasing') enter(life, 'flushed', 'flush');
  if (input.type === 'flush-done' && state.phase === 'flushed') enter(life, 'exited', 'exit');
  return advance(life);
}

/** One call of {@link step} on its way: the only thing here that changes. */
interface Life {
  state: DrainState;
  readonly effects: DrainEffect[];
  readonly at: number;
  readonly startedAt: number;
  readonly schedule: DrainSchedule;
}

/** Compares instants, not durations: `(start + x) - start` may round to less than `x`, and a wake-up would then find nothing to do, for ever. */
function reached(life: Life, ms: number): boolean {
  return life.at >= life.startedAt + ms;
}

function begin(state: DrainState, input: DrainInput & { type: 'begin' }): DrainStep {
  if (state.phase !== 'serving') return { state, effects: [], wakeAt: nextWake(state) };
  const { traffic } = input;
  const started: DrainState = {
    ...state,
    cause: input.cause,
    startedAt: input.at,
    schedule: input.schedule,
    ...seenBefore(traffic),
    open: input.open,
  };
  const life: Life = { state: started, effects: [], at: input.at, startedAt: input.at, schedule: input.schedule };
  enter(life, 'announced', 'announce');
  enter(life, 'lingering');
  return advance(life);
}

/** What the input says, before anything follows from it. */
function absorb(state: DrainState, input: DrainInput): DrainState {
  switch (input.type) {
    case 'request':
      return { ...state, lastRequestMs: input.at - (state.startedAt ?? 0), balancerLetGo: false };
    case 'traffic':
      // A request since the start is younger than all that came before, and evidence against whatever was concluded from that.
      if (state.lastRequestMs !== undefined && state.lastRequestMs >= 0) return { ...state, quietMs: quietMs(input.traffic) };
      return { ...state, ...seenBefore(input.traffic) };
    case 'open':
      return { ...state, open: input.open };
    case 'listeners-closed':
      return { ...state, listenersClosed: true };
    case 'begin':
    case 'hasten':
    case 'destroy':
    case 'hooks-done':
    case 'flush-done':
    case 'tick':
      return state;
  }
}

function seenBefore(traffic: TrafficBefore): Pick<DrainState, 'quietMs' | 'balancerLetGo' | 'lastRequestMs'> {
  return {
    quietMs: quietMs(traffic),
    balancerLetGo: balancerLetGo(traffic),
    lastRequestMs: traffic.lastRequestAgoMs === undefined ? undefined : -traffic.lastRequestAgoMs,
  };
}

/** Moves on as far as the time and the open work allow. */
function advance(life: Life): DrainStep {
  const { schedule } = life;
  if (life.state.phase === 'lingering') {
    const end = leave(life.state, schedule.lingerCapMs, schedule.floorMs);
    if (reached(life, end.atMs)) endLinger(life, end.reason);
  }
  if (life.state.phase === 'draining') {
    if (isEmpty(life.state)) enter(life, 'releasing', 'run-hooks');
    else if (reached(life, schedule.stopMs)) enter(life, 'aborting', 'abort-work');
  }
  if (life.state.phase === 'aborting') {
    if (reached(life, schedule.destroyMs)) destroySockets(life);
    if (life.state.destroyed || isEmpty(life.state)) enter(life, 'releasing', 'run-hooks');
  }
  if (life.state.phase === 'releasing' && reached(life, schedule.releaseMs)) enter(life, 'flushed', 'flush');
  if (life.state.phase === 'flushed' && reached(life, schedule.exitMs)) enter(life, 'exited', 'exit');
  return { state: life.state, effects: life.effects, wakeAt: nextWake(life.state) };
}

/** Nothing is open, and nothing new can come in. */
function isEmpty(state: DrainState): boolean {
  return state.listenersClosed && state.open === 0;
}

function endLinger(life: Life, reason: LeaveReason): void {
  life.state = { ...life.state, leaveReason: reason };
  enter(life, 'draining', 'close-listeners');
}

/** Straight to the exit, past hooks and flush: whoever forces an exit has no time for them. */
function destroy(life: Life): void {
  if (life.state.phase === 'exited') return;
  if (life.state.leaveReason === undefined) life.state = { ...life.state, leaveReason: 'destroyed' };
  if (!life.state.destroyed) {
    if (life.state.enteredMs.aborting === undefined) life.effects.push('abort-work');
    destroySockets(life);
  }
  enter(life, 'exited', 'exit');
}

function destroySockets(life: Life): void {
  life.state = { ...life.state, destroyed: true };
  life.effects.push('destroy-sockets');
}

function enter(life: Life, phase: DrainPhase, effect?: DrainEffect): void {
  life.state = { ...life.state, phase, enteredMs: { ...life.state.enteredMs, [phase]: life.at - life.startedAt } };
  if (effect !== undefined) life.effects.push(effect);
}

function nextWake(state: DrainState): number | undefined {
  const { schedule, startedAt } = state;
  if (schedule === undefined || startedAt === undefined) return undefined;
  switch (state.phase) {
    case 'serving':
    case 'announced':
    case 'exited':
      return undefined;
    case 'lingering':
      return startedAt + leave(state, schedule.lingerCapMs, schedule.floorMs).atMs;
    case 'draining':
      return startedAt + schedule.stopMs;
    case 'aborting':
      return startedAt + schedule.destroyMs;
    case 'releasing':
      return startedAt + schedule.releaseMs;
    case 'flushed':
      return startedAt + schedule.exitMs;
  }
}
