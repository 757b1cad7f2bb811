/**
 * Every history of the protocol that is small enough: callers that claim, work, checkpoint, settle, are killed or go on although their lease is over;
 * requests whose answer is lost and that are sent again; copies of requests that arrive when nobody expects them any more; an operator; time.
 * It runs `next()` itself, breadth first, so that the history which breaks a promise is the shortest one.
 */
import { firstEpoch, next, type ClaimRecord, type Operation } from '../../src/protocol/index.ts';
import type { Next } from '../support/faulty-next.ts';
import { type Ask, type Caller, type History, LEASE_MS, type Scenario, type State } from './model.ts';
import { NOT_BLOCKED, PROMISES, isBlocked, remember } from './promises.ts';

export interface Protocol {
  readonly next: Next;
  /** A claim reads the record when it is sent, and writes what it made of that when it arrives. */
  readonly claimsReadThenWrite?: boolean;
}

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  /** The shortest history that breaks a promise. */
  readonly broken: { readonly promise: string; readonly trace: readonly string[] } | undefined;
}

export function explore(scenario: Scenario, protocol: Protocol = { next }): Exploration {
  const first = begin(scenario, protocol);
  const seen = new Set([keyOf(first)]);
  const nodes: Node[] = [{ state: first, parent: -1, label: '' }];
  let steps = 0;
  for (let index = 0; index < nodes.length; index += 1) {
    const { state } = nodes[index]!;
    for (const { label, state: after, broken } of successors(state, scenario, protocol)) {
      steps += 1;
      if (broken !== undefined) return { states: nodes.length, steps, broken: { promise: broken, trace: [...traceTo(nodes, index), label] } };
      const key = keyOf(after);
      if (seen.has(key)) continue;
      seen.add(key);
      if (isBlocked(after)) return { states: nodes.length, steps, broken: { promise: NOT_BLOCKED, trace: [...traceTo(nodes, index), label] } };
      nodes.push({ state: after, parent: index, label });
      if (nodes.length > MOST_STATES) throw new Error(`The scenario has more than ${MOST_STATES} states: make it smaller.`);
    }
  }
  return { states: nodes.length, steps, broken: undefined };
}

interface Node {
  readonly state: State;
  readonly parent: number;
  readonly label: string;
}

interface Successor {
  readonly label: string;
  readonly state: State;
  readonly broken: string | undefined;
}

function begin(scenario: Scenario, protocol: Protocol): State {
  const create = { kind: 'k', fingerprint: '', version: 1, data: dataOf(0, 0) };
  const record = scenario.keeps
    ? protocol.next(undefined, { op: 'add', key: KEY, token: 'added', create, afterMs: 0, keepMs: Infinity }, BEGINNING).record
    : undefined;
  return {
    now: BEGINNING,
    record,
    callers: Array.from({ length: scenario.callers }, () => IDLE),
    copies: [],
    copiesLeft: scenario.copies,
    removalsLeft: scenario.operator ? 1 : 0,
    revivalsLeft: scenario.operator ? 1 : 0,
    looked: undefined,
    history: { epoch: record?.epoch ?? 0, winner: 0, saved: undefined, failures: [], result: undefined },
  };
}

function* successors(state: State, scenario: Scenario, protocol: Protocol): Generator<Successor> {
  for (const [index, caller] of state.callers.entries()) {
    const isFirstOfItsKind = state.callers.findIndex((other) => other === caller) === index;
    if (isFirstOfItsKind) yield* ofCaller(state, index, scenario, protocol);
  }
  for (const [index, ask] of state.copies.entries()) {
    const without = { ...state, copies: state.copies.toSpliced(index, 1) };
    yield arrival(without, ask, `an old copy of ${nameOf(ask)} arrives`, scenario, protocol, undefined).successor;
  }
  if (state.now < BEGINNING + scenario.ticks) {
    const now = state.now + 1;
    yield checked(state, { ...state, now }, `a millisecond passes (${now - BEGINNING})`);
  }
  yield* ofSweeper(state, protocol);
  yield* ofOperator(state, protocol);
}

function* ofCaller(state: State, index: number, scenario: Scenario, protocol: Protocol): Generator<Successor> {
  const caller = state.callers[index]!;
  const { phase, attempt, epoch, seq, ask } = caller;
  if (phase === 'idle') {
    const claim: Ask = { what: 'claim', attempt: state.callers.filter((other) => other !== IDLE).length + 1, epoch: 0, seq: 0, sentAt: state.now };
    yield sent(state, index, { ...IDLE, phase: 'asking', attempt: claim.attempt, ask: claim });
  }
  if (phase === 'working') {
    for (const what of scenario.may) {
      if ((what === 'save' || what === 'release') && seq >= scenario.checkpoints) continue;
      const next: Ask = { what, attempt, epoch, seq: what === 'save' ? seq + 1 : seq, sentAt: state.now };
      // Whoever sends the end of an attempt holds no more from then on: others may have the key before the answer is back.
      const validUntil = what === 'renew' || what === 'save' ? caller.validUntil : 0;
      yield sent(state, index, { ...caller, phase: 'asking', ask: next, validUntil });
    }
  }
  if (phase === 'asking' && ask !== undefined) {
    const name = nameOf(ask);
    if (protocol.claimsReadThenWrite === true && ask.what === 'claim' && caller.read === undefined) {
      yield checked(state, withCaller(state, index, { ...caller, read: { record: state.record } }), `${name} reads the record`);
      return;
    }
    const { successor, answer } = arrival(state, ask, `${name} arrives`, scenario, protocol, caller.read);
    const learned = { ...successor, state: withCaller(successor.state, index, learn(caller, ask, answer)) };
    yield { ...learned, broken: learned.broken ?? brokenPromise(state, learned.state) };
    if (state.copiesLeft > 0) {
      // Another copy of it is still under way when the answer is there, or the answer is lost and so it is sent again.
      const copied = { ...learned.state, copiesLeft: state.copiesLeft - 1, copies: [...state.copies, ask] };
      yield { label: `${successor.label}, a copy of it stays under way`, state: copied, broken: undefined };
    }
    // The answer is lost. It is sent again, as it was.
    if (successor.state.record !== state.record)
      yield { ...successor, label: `${name} arrives, its answer is lost`, state: withCaller(successor.state, index, { ...caller, read: undefined }) };
  }
  if (phase === 'working' || phase === 'asking') {
    const copies = ask === undefined ? state.copies : [...state.copies, ask];
    yield checked(state, { ...withCaller(state, index, GONE), copies }, `${nameOfAttempt(attempt)} is killed`);
  }
}

function sent(state: State, index: number, caller: Caller): Successor {
  return checked(state, withCaller(state, index, caller), `${nameOfAttempt(caller.attempt)} sends ${caller.ask?.what ?? 'nothing'}`);
}

/** The request is performed. */
function arrival(
  state: State,
  ask: Ask,
  label: string,
  scenario: Scenario,
  protocol: Protocol,
  read: Caller['read'],
): { readonly successor: Successor; readonly answer: ReturnType<Next>['outcome'] } {
  const operation = operationOf(ask, scenario);
  const { record: written, outcome } = protocol.next(read === undefined ? state.record : read.record, operation, state.now);
  const isWrite = read === undefined || written !== read.record;
  const record = isWrite ? written : state.record;
  const told = typeof outcome === 'string' ? outcome : outcome.outcome;
  const history = remember(state.history, { ask, outcome, before: state.record, record });
  const after = { ...state, record, history: history.history };
  return {
    successor: { label: `${label}: ${told}`, state: after, broken: history.broken ?? brokenPromise(state, after) },
    answer: outcome,
  };
}

function* ofSweeper(state: State, protocol: Protocol): Generator<Successor> {
  const { record, outcome } = protocol.next(state.record, { op: 'purge', key: KEY, force: undefined }, state.now);
  if (outcome === 'purged') yield removed(state, { ...state, record }, 'the sweeper removes the record');
}

function* ofOperator(state: State, protocol: Protocol): Generator<Successor> {
  if (state.removalsLeft > 0 && state.record !== undefined && state.looked === undefined)
    yield checked(state, { ...state, looked: state.record.epoch }, 'the operator looks at the record');
  if (state.removalsLeft > 0 && state.looked !== undefined) {
    const { record, outcome } = protocol.next(state.record, { op: 'purge', key: KEY, force: state.looked }, state.now);
    // Whoever was at work is not told, and was to be stopped before.
    const callers = state.callers.map((caller) => (caller.epoch === state.looked ? { ...caller, validUntil: 0 } : caller));
    if (outcome === 'purged') yield removed(state, { ...state, record, callers, removalsLeft: 0 }, 'the operator removes the record');
  }
  if (state.revivalsLeft > 0) {
    const { record, outcome } = protocol.next(state.record, { op: 'revive', key: KEY, keepMs: Infinity }, state.now);
    if (outcome === 'revived') {
      const history = { ...state.history, failures: [] };
      yield checked(state, { ...state, record, history, revivalsLeft: 0 }, 'the operator gives it another chance');
    }
  }
}

function removed(before: State, after: State, label: string): Successor {
  const history: History = { ...after.history, saved: undefined, failures: [], result: undefined };
  return checked(before, { ...after, history }, label);
}

function learn(caller: Caller, ask: Ask, answer: ReturnType<Next>['outcome']): Caller {
  if (typeof answer === 'object') {
    if (answer.outcome !== 'won') return GONE;
    return { ...caller, phase: 'working', epoch: answer.epoch, seq: answer.seq, validUntil: ask.sentAt + LEASE_MS, ask: undefined, read: undefined };
  }
  if (answer !== 'held' || (ask.what !== 'renew' && ask.what !== 'save')) return GONE;
  return { ...caller, phase: 'working', seq: ask.seq, validUntil: ask.sentAt + LEASE_MS, ask: undefined };
}

function operationOf({ what, attempt, epoch, seq }: Ask, { keeps }: Scenario): Operation {
  const holder = { key: KEY, token: `t${attempt}`, epoch };
  const keepMs = keeps ? Infinity : KEEP_MS;
  switch (what) {
    case 'claim': {
      const create = { kind: 'k', fingerprint: '', version: 1, data: dataOf(0, 0) };
      return { op: 'claim', key: KEY, token: holder.token, leaseMs: LEASE_MS, keepMs, create, fingerprint: undefined, version: 1 };
    }
    case 'renew':
      return { op: 'renew', ...holder, leaseMs: LEASE_MS };
    case 'save':
      return { op: 'save', ...holder, seq, version: 1, data: dataOf(attempt, seq), leaseMs: LEASE_MS };
    case 'done':
    case 'failed':
      return { op: 'settle', ...holder, settlement: { to: what, result: dataOf(attempt, 9), keepMs: KEEP_MS } };
    case 'failure':
      return {
        op: 'settle',
        ...holder,
        settlement: { to: 'pending', afterMs: 1, counts: 'failure', checkpoint: undefined, result: dataOf(attempt, 8), keepMs },
      };
    case 'release': {
      const checkpoint = { seq: seq + 1, version: 1, data: dataOf(attempt, seq + 1) };
      return { op: 'settle', ...holder, settlement: { to: 'pending', afterMs: 0, counts: 'interruption', checkpoint, result: dataOf(0, 0), keepMs } };
    }
  }
}

function checked(before: State, state: State, label: string): Successor {
  return { label, state, broken: brokenPromise(before, state) };
}

function brokenPromise(before: State, state: State): string | undefined {
  return PROMISES.find(({ isKept }) => !isKept(before, state))?.name;
}

function withCaller(state: State, index: number, caller: Caller): State {
  return { ...state, callers: state.callers.with(index, caller) };
}

function traceTo(nodes: readonly Node[], index: number): readonly string[] {
  const labels: string[] = [];
  for (let at = index; at > 0; at = nodes[at]!.parent) labels.push(nodes[at]!.label);
  return labels.toReversed();
}

/**
 * Two states of the same key have the same future, as far as the promises can tell. Which caller is in which place makes no difference, nor how long ago
 * something was over; of epochs only their order counts, and how far they are ahead of the clock. One character for each number: a key is made for each
 * step, and there are millions.
 */
function keyOf({ now, record, callers, copies, copiesLeft, removalsLeft, revivalsLeft, looked, history }: State): string {
  const epochs: number[] = [0, history.epoch];
  if (record !== undefined) epochs.push(record.epoch);
  if (looked !== undefined) epochs.push(looked);
  for (const { epoch, ask, read } of callers) epochs.push(epoch, ask?.epoch ?? 0, read?.record?.epoch ?? 0);
  for (const { epoch } of copies) epochs.push(epoch);
  const order = epochs.toSorted((a, b) => a - b).filter((epoch, index, sorted) => epoch !== sorted[index - 1]);
  const rank = (epoch: number): string => char(epoch < firstEpoch(now) ? order.indexOf(epoch) : AHEAD + epoch - firstEpoch(now));
  const left = (time: number): string => char(Math.min(Math.max(time - now, 0), FAR));

  const keyOfAsk = ({ what, attempt, epoch, seq }: Ask): string => ASKS[what] + char(attempt) + rank(epoch) + char(seq);
  const keyOfRecord = (known: ClaimRecord | undefined): string => {
    if (known === undefined) return '-';
    const { state, token, epoch, dueAt, keepUntil, seq, data, result, failures } = known;
    const kept = keyOfData(state === 'done' ? result : data);
    return STATES[state] + token + rank(epoch) + left(dueAt) + left(keepUntil) + char(seq) + kept + char(failures);
  };
  const people = callers
    .map(({ phase, attempt, epoch, seq, validUntil, ask, read }) => {
      const asked = ask === undefined ? '' : keyOfAsk(ask) + left(ask.sentAt + LEASE_MS) + (read === undefined ? '' : keyOfRecord(read.record));
      return PHASES[phase] + char(attempt) + rank(epoch) + char(seq) + left(validUntil) + asked;
    })
    .toSorted()
    .join('|');
  const { epoch, winner, saved, failures } = history;
  const kept = saved === undefined ? '' : char(saved.seq) + keyOfData(saved.data);
  return `${char(now)}${keyOfRecord(record)}|${people}|${copies.map(keyOfAsk).toSorted().join('+')}|${char(copiesLeft)}${char(removalsLeft)}${char(revivalsLeft)}${
    looked === undefined ? '' : rank(looked)
  }|${rank(epoch)}${char(winner)}${kept}|${failures.join()}`;
}

function keyOfData(data: Uint8Array): string {
  return data.length === 0 ? '' : char(data[0]!) + char(data[1]!);
}

function char(number: number): string {
  return String.fromCharCode(number + 256);
}

/** The checkpoint with this number by this attempt: always the same object, so that comparing it is cheap. */
function dataOf(attempt: number, seq: number): Uint8Array {
  const index = attempt * 10 + seq;
  return (DATA[index] ??= Uint8Array.of(attempt, seq));
}

function nameOf({ what, attempt }: Ask): string {
  return `${what} of ${nameOfAttempt(attempt)}`;
}

function nameOfAttempt(attempt: number): string {
  return `attempt ${attempt}`;
}

const KEEP_MS = 1;
const KEY = 'key';
/** Any time will do. Small, so that epochs stay readable. */
const BEGINNING = 1;
const MOST_STATES = 1_000_000;
const DATA: Uint8Array[] = [];
const IDLE: Caller = { phase: 'idle', attempt: 0, epoch: 0, seq: 0, validUntil: 0, ask: undefined, read: undefined };
/** Told that it has ended or lost, or killed. */
const GONE: Caller = { ...IDLE, phase: 'gone' };
const ASKS = { claim: 'c', renew: 'n', save: 's', done: 'd', failed: 'x', failure: 'f', release: 'r' } as const;
const STATES = { pending: 'p', held: 'h', done: 'd', failed: 'x' } as const;
const PHASES = { idle: 'i', asking: 'a', working: 'w', gone: 'g' } as const;
const FAR = 1000;
const AHEAD = 100;
