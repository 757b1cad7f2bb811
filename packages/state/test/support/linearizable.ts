import { NEVER, next, type ClaimRecord, type Operation, type Outcomes } from '../../src/protocol/index.ts';

/**
 * Whether what callers were told about one key can have come from a store that performs one operation after the other: each at some instant between its
 * call and its answer. Searches for such an order with `next()` as the store (Wing and Gong's search, with the places remembered that led nowhere).
 *
 * Nobody who called knows the store's clock, so time is free: a lease or a wait may have ended wherever an answer says so, and wherever one says that it had
 * not, it had not. A record leaves only by `purge`: use it where records do not expire by themselves while the history is taken down.
 *
 * Keys are independent of each other, so each is looked at alone; histories of one key should stay below some hundreds of operations.
 */
export function linearize(history: readonly Observed[], { limit = MOST_STEPS }: { readonly limit?: number } = {}): Linearization {
  const events = history.toSorted((a, b) => a.calledAt - b.calledAt);
  const seen = new Set<string>();
  const stack: Place[] = [start(events.length)];
  let steps = 0;
  let furthest: Place = stack[0]!;
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (place.left < furthest.left) furthest = place;
    // What was never answered need not have happened.
    if (isOver(events, place.done)) return { isLinearizable: true, steps };
    const deadline = earliestAnswer(events, place.done);
    for (const index of candidates(events, place.done, deadline)) {
      steps += 1;
      if (steps > limit) return { isLinearizable: undefined, steps };
      for (const after of performed(place, events[index]!, index)) {
        const key = keyOf(after);
        if (seen.has(key)) continue;
        seen.add(key);
        stack.push(after);
      }
    }
  }
  return { isLinearizable: false, steps, explained: orderOf(furthest).map((index) => events[index]!), stuck: open(events, furthest.done) };
}

/** One call, as its caller saw it. */
export interface Observed {
  /** Who called, for people. */
  readonly by: string;
  readonly operation: Operation;
  /** By one monotonic clock for all callers. */
  readonly calledAt: number;
  /** Undefined: no answer came, so it may have been performed at any time later, or never. */
  readonly answer: { readonly at: number; readonly outcome: Outcomes[Operation['op']] } | undefined;
}

export type Linearization =
  | { readonly isLinearizable: true; readonly steps: number }
  /** The search was given up. */
  | { readonly isLinearizable: undefined; readonly steps: number }
  | {
      readonly isLinearizable: false;
      readonly steps: number;
      /** The longest order that was found, and the calls none of which can come next. */
      readonly explained: readonly Observed[];
      readonly stuck: readonly Observed[];
    };

/** One line for each call, in the order of a history that went wrong. */
export function describe({ by, operation, calledAt, answer }: Observed): string {
  const { op } = operation;
  const told = answer === undefined ? 'no answer' : typeof answer.outcome === 'string' ? answer.outcome : JSON.stringify(answer.outcome.outcome);
  const detail = op === 'save' ? ` ${operation.seq}` : op === 'settle' ? ` ${operation.settlement.to}` : '';
  return `${calledAt.toFixed(3)}–${answer?.at.toFixed(3) ?? '?'} ${by}: ${op}${detail} → ${told}`;
}

interface Place {
  /** The model's clock. */
  readonly now: number;
  readonly record: ClaimRecord | undefined;
  readonly done: Uint8Array;
  readonly left: number;
  /** Epochs of the store for those of the model, which has another clock. */
  readonly epochs: ReadonlyMap<number, number>;
  readonly parent: Place | undefined;
  readonly event: number;
}

function start(count: number): Place {
  return { now: BEGINNING, record: undefined, done: new Uint8Array(count), left: count, epochs: new Map(), parent: undefined, event: -1 };
}

/** What a call can have done here: nothing where its answer says otherwise. */
function* performed(place: Place, event: Observed, index: number): Generator<Place> {
  for (const now of instants(place, event.operation)) {
    const { record, outcome } = next(place.record, inModel(event.operation, place.epochs), now);
    // Without an answer and without an effect it is as if it never happened.
    if (event.answer === undefined && record === place.record) continue;
    const epochs = event.answer === undefined ? place.epochs : agreed(outcome, event.answer.outcome, place.epochs);
    if (epochs === undefined) continue;
    const done = place.done.slice();
    done[index] = 1;
    yield { now, record, done, left: place.left - (event.answer === undefined ? 0 : 1), epochs, parent: place, event: index };
  }
}

/** The instants that make a difference: before and after the time that the record waits for. */
function instants({ now, record }: Place, { op }: Operation): readonly number[] {
  const soon = now + 1;
  const later = record === undefined ? soon : op === 'claim' ? record.dueAt : op === 'purge' && record.keepUntil < NEVER ? record.keepUntil : soon;
  return later <= soon ? [soon] : [soon, later];
}

/** The same answer, but for what depends on the clock; epochs must keep their order. Undefined if it is another. */
function agreed(
  expected: Outcomes[Operation['op']],
  got: Outcomes[Operation['op']],
  epochs: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> | undefined {
  if (typeof expected === 'string' || typeof got === 'string') return expected === got ? epochs : undefined;
  if (comparable(expected) !== comparable(got)) return undefined;
  if (!('epoch' in expected) || !('epoch' in got)) return epochs;
  const known = epochs.get(got.epoch);
  if (known !== undefined) return known === expected.epoch ? epochs : undefined;
  // Won by a call whose answer never came, perhaps: then this is the first that is heard of it. It must lie between the others as the model's does.
  for (const [store, model] of epochs) if (Math.sign(store - got.epoch) !== Math.sign(model - expected.epoch)) return undefined;
  return new Map([...epochs, [got.epoch, expected.epoch]]);
}

function comparable(outcome: Exclude<Outcomes[Operation['op']], string>): string {
  // Stores answer with the same fields, in an order of their own.
  const sorted = Object.fromEntries(Object.entries(outcome).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(sorted, (name, value: unknown) => {
    if (name === 'epoch' || name === 'retryAfterMs') return undefined;
    return bytesAsText(name, value);
  });
}

/** With the model's epoch for the store's, and with times so long that they end only where the search lets them. */
function inModel(operation: Operation, epochs: ReadonlyMap<number, number>): Operation {
  const epochOf = (epoch: number): number => epochs.get(epoch) ?? NO_EPOCH;
  switch (operation.op) {
    case 'add':
      return { ...operation, afterMs: wait(operation.afterMs), keepMs: keep(operation.keepMs) };
    case 'claim':
      return { ...operation, leaseMs: LONG_MS, keepMs: keep(operation.keepMs) };
    case 'renew':
    case 'save':
      return { ...operation, epoch: epochOf(operation.epoch), leaseMs: LONG_MS };
    case 'settle': {
      const { settlement } = operation;
      const times = { keepMs: keep(settlement.keepMs), ...(settlement.to === 'pending' ? { afterMs: wait(settlement.afterMs) } : {}) };
      return { ...operation, epoch: epochOf(operation.epoch), settlement: { ...settlement, ...times } };
    }
    case 'revive':
      return { ...operation, keepMs: keep(operation.keepMs) };
    case 'purge':
      return { ...operation, force: operation.force === undefined ? undefined : epochOf(operation.force) };
  }
}

function wait(afterMs: number): number {
  return afterMs === 0 ? 0 : LONG_MS;
}

function keep(keepMs: number): number {
  return keepMs === Infinity ? Infinity : 10 * LONG_MS;
}

/** What may come next, the likeliest last, for that is looked at first: what was answered, the earliest call before the others. */
function candidates(events: readonly Observed[], done: Uint8Array, deadline: number): readonly number[] {
  const open = events.flatMap(({ calledAt }, index) => (done[index] === 0 && calledAt <= deadline ? [index] : [])).toReversed();
  return [...open.filter((index) => events[index]!.answer === undefined), ...open.filter((index) => events[index]!.answer !== undefined)];
}

function isOver(events: readonly Observed[], done: Uint8Array): boolean {
  return events.every(({ answer }, index) => answer === undefined || done[index] === 1);
}

/** No call may come before one that was answered when it was made. */
function earliestAnswer(events: readonly Observed[], done: Uint8Array): number {
  return events.reduce(
    (earliest, { answer }, index) => (done[index] === 1 || answer === undefined ? earliest : Math.min(earliest, answer.at)),
    Infinity,
  );
}

function open(events: readonly Observed[], done: Uint8Array): readonly Observed[] {
  const deadline = earliestAnswer(events, done);
  return events.filter(({ calledAt, answer }, index) => done[index] === 0 && answer !== undefined && calledAt <= deadline);
}

function orderOf(place: Place): readonly number[] {
  const order: number[] = [];
  for (let at: Place | undefined = place; at !== undefined && at.event >= 0; at = at.parent) order.push(at.event);
  return order.toReversed();
}

/** The same calls done, and a record that differs only by when it was written: what comes after is the same. */
function keyOf({ now, record, done, epochs }: Place): string {
  const order = [...epochs].toSorted(([, a], [, b]) => a - b);
  const rank = order.findIndex(([, model]) => model >= (record?.epoch ?? 0));
  const isKnown = order[rank]?.[1] === record?.epoch;
  const known =
    record === undefined
      ? undefined
      : { ...record, epoch: [rank, isKnown], dueAt: record.dueAt <= now, keepUntil: [record.keepUntil <= now, record.keepUntil === NEVER] };
  return `${Buffer.from(done).toString('latin1')}${order.map(([store]) => store).join()} ${JSON.stringify(known, bytesAsText)}`;
}

function bytesAsText(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

const BEGINNING = 1_000_000;
/** Longer than all histories: each call takes a millisecond of the model's clock. */
const LONG_MS = 100_000;
const NO_EPOCH = -1;
const MOST_STEPS = 500_000;
