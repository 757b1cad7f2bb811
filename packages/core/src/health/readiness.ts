import type { CheckRule, CheckState, CheckView, ReadinessInput, ReadinessRules, ReadinessState, ReadinessStep, ReadinessView } from './types.ts';

/** Nothing is known of any check. */
export function initialReadiness(rules: ReadinessRules): ReadinessState {
  return settleStarted(rules, { checks: Object.fromEntries(rules.checks.map(({ name }) => [name, UNKNOWN])), started: false });
}

/**
 * Takes in what happened and says which checks to run. A check is run when somebody asks, its last result is too old, and no run of it is under
 * way; one that hangs is not run again until it has come back.
 */
export function readinessStep(rules: ReadinessRules, state: ReadinessState, input: ReadinessInput): ReadinessStep {
  if (input.type === 'finished') return { state: settleStarted(rules, finish(rules, state, input)), run: [] };
  const due = rules.checks.map(({ name }) => name).filter((name) => isDue(rules, stateOf(state, name), input.at));
  const running = Object.fromEntries(due.map((name) => [name, { ...stateOf(state, name), runningSince: input.at }]));
  return { state: { ...state, checks: { ...state.checks, ...running } }, run: due };
}

/** What an answer at this instant says. Health is decided by the required checks alone. */
export function viewReadiness(rules: ReadinessRules, state: ReadinessState, at: number): ReadinessView {
  const views = rules.checks.map((rule) => [rule, viewCheck(rule, rules, stateOf(state, rule.name), at)] as const);
  const inTheWay = views.filter(([rule, view]) => rule.required && view.status !== 'pass');
  const waitedFor = rules.checks.flatMap(({ name }) => {
    const { runningSince, last } = stateOf(state, name);
    // A result that is still good is answered with, although a newer one is being made.
    if (runningSince === undefined || runningSince + rules.timeoutMs <= at || isFresh(rules, last, at)) return [];
    return [runningSince + rules.timeoutMs];
  });
  return {
    status: inTheWay.length === 0 ? 'ready' : state.started ? 'not-ready' : 'starting',
    checks: Object.fromEntries(views.map(([{ name }, view]) => [name, view])),
    reasons: inTheWay.map(([{ name }, view]) => reason(name, view, rules)),
    settlesAt: waitedFor.length === 0 ? undefined : Math.max(...waitedFor),
  };
}

function isDue(rules: ReadinessRules, check: CheckState, at: number): boolean {
  return check.runningSince === undefined && !isFresh(rules, check.last, at);
}

function isFresh(rules: ReadinessRules, last: CheckState['last'], at: number): boolean {
  return last !== undefined && at - last.finishedAt < rules.cacheMs;
}

function finish(rules: ReadinessRules, state: ReadinessState, input: ReadinessInput & { readonly type: 'finished' }): ReadinessState {
  const before = state.checks[input.name];
  // An end without a beginning is no evidence.
  if (before?.runningSince === undefined) return state;
  const durationMs = input.at - before.runningSince;
  // An answer that nobody waited for any more was too slow, whatever it says.
  const isLate = durationMs > rules.timeoutMs;
  const passed = input.passed && !isLate;
  const error = isLate ? `took ${seconds(durationMs)}, longer than ${seconds(rules.timeoutMs)}` : input.error;
  const check: CheckState = {
    runningSince: undefined,
    last: { finishedAt: input.at, durationMs, passed, error: passed ? undefined : error },
    everPassed: before.everPassed || passed,
  };
  return { ...state, checks: { ...state.checks, [input.name]: check } };
}

function settleStarted(rules: ReadinessRules, state: ReadinessState): ReadinessState {
  const started = state.started || rules.checks.every(({ name, required }) => !required || stateOf(state, name).everPassed);
  return { ...state, started };
}

function viewCheck({ required, shared }: CheckRule, rules: ReadinessRules, { runningSince, last }: CheckState, at: number): CheckView {
  const base = { required, shared };
  const runningMs = runningSince === undefined ? undefined : at - runningSince;
  if (runningMs !== undefined && !isFresh(rules, last, at)) {
    const error = `no answer for ${seconds(runningMs)}`;
    if (runningMs >= rules.timeoutMs) return { ...base, status: 'timed-out', durationMs: runningMs, ageMs: undefined, error };
    // While the next run is under way, what the last one said is all that is known.
    if (last === undefined) return { ...base, status: 'pending', durationMs: runningMs, ageMs: undefined, error: undefined };
  }
  if (last === undefined) return { ...base, status: 'pending', durationMs: undefined, ageMs: undefined, error: undefined };
  const status = last.passed ? 'pass' : last.durationMs > rules.timeoutMs ? 'timed-out' : 'fail';
  return { ...base, status, durationMs: last.durationMs, ageMs: at - last.finishedAt, error: last.error };
}

function reason(name: string, view: CheckView, rules: ReadinessRules): string {
  switch (view.status) {
    case 'timed-out':
      return `${name} did not answer within ${seconds(rules.timeoutMs)}`;
    case 'pending':
      return `${name} has not answered yet`;
    case 'pass':
    case 'fail':
      return `${name} failed: ${view.error ?? 'no reason given'}`;
  }
}

function stateOf(state: ReadinessState, name: string): CheckState {
  return state.checks[name] ?? UNKNOWN;
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

const UNKNOWN: CheckState = { runningSince: undefined, last: undefined, everPassed: false };
