import { next, type ClaimRecord, type Operation, type Outcomes } from '../../src/protocol/index.ts';

/**
 * Whether what callers were told about one key can have come from a store that performs one operation after the other: each at some instant between its
 * call and its answer. Searches for such an order with `next()` as the store; the times of leases are free, as the store's clock is nobody's.
 *
 * Keys are independent of each other, so each is looked at alone; histories of one key should stay below some hundreds of operations.
 */
export function linearize(history: readonly Observed[], { limit = MOST_STEPS }: { readonly limit?: number } = {}): Linearization {
  const events = history.toSorted((a, b) => a.calledAt - b.calledAt);
  const seen = new Set<string>();
  const stack: Place[] = [{ record: undefined, done: new Uint8Array(events.length), left: events.length, epochs: new Map(), parent: undefined, event: -1 }];
  let steps = 0;
  let furthest: Place = stack[0]!;
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (place.left < furthest.left) furthest = place;
    // What was never answered need not have happened.
    if (isOver(events, place.done)) return { isLinearizable: true, steps };
    const deadline = earliestAnswer(events, place.done);
    for (let index = events.length - 1; index >= 0; index -= 1) {
      const event = events[index]!;
      if (place.done[index] === 1 || event.calledAt > deadline) continue;
      steps += 1;
      if (steps > limit) return { isLinearizable: undefined, steps };
      for (const after of performed(place, event, index)) {
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
  readonly record: ClaimRecord | undefined;
  readonly done: Uint8Array;
  readonly left: number;
  /** Epochs of the store for those of the model, which has another clock. */
  readonly epochs: ReadonlyMap<number, number>;
  readonly parent: Place | undefined;
  readonly event: number;
}

/** What a call can have done here: nothing where its answer says otherwise. */
function* performed(place: Place, event: Observed, index: number): Generator<Place> {
  for (const now of instants(place.record, event.operation)) {
    const operation = inModel(event.operation, place.epochs);
    const { record, outcome } = next(place.record, operation, now);
    const epochs = event.answer === undefined ? place.epochs : agreed(outcome, event.answer.outcome, place.epochs, record);
    if (epochs === undefined) continue;
    const done = place.done.slice();
    done[index] = 1;
    yield { record, done, left: place.left - (event.answer === undefined ? 0 : 1), epochs, parent: place, event: index };
  }
}

/** The instants that make a difference: before and after whatever the record waits for. The model's clock only goes by what was seen. */
function instants(record: ClaimRecord | undefined, { op }: Operation): readonly number[] {
  if (record === undefined) return [BEGINNING];
  const early = Math.max(BEGINNING, Math.floor(record.epoch / 1024) + 1);
  if (op === 'claim') return [early, Math.max(early, record.dueAt)];
  if (op === 'purge') return [early, Math.max(early, record.keepUntil)];
  return [early];
}

/** The same answer, but for what depends on the clock; epochs must keep their order. Undefined if it is another. */
function agreed(
  expected: Outcomes[Operation['op']],
  got: Outcomes[Operation['op']],
  epochs: ReadonlyMap<number, number>,
  record: ClaimRecord | undefined,
): ReadonlyMap<number, number> | undefined {
  if (typeof expected === 'string' || typeof got === 'string') return expected === got ? epochs : undefined;
  if (comparable(expected) !== comparable(got)) return undefined;
  if (!('epoch' in expected) || !('epoch' in got)) return epochs;
  const known = epochs.get(got.epoch);
  if (known !== undefined) return known === expected.epoch ? epochs : undefined;
  // Won by a call whose answer never came, perhaps: then this is the first that is heard of it. It must lie above all that were heard of.
  for (const [store, model] of epochs) if (store < got.epoch !== model < expected.epoch) return undefined;
  return record === undefined ? epochs : new Map([...epochs, [got.epoch, expected.epoch]]);
}

function comparable(outcome: Exclude<Outcomes[Operation['op']], string>): string {
  return JSON.stringify(outcome, (name, value: unknown) => {
    if (name === 'epoch' || name === 'retryAfterMs') return undefined;
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  });
}

/** With the model's epoch for the store's. One that the model has not given stays as it is, and matches nothing. */
function inModel(operation: Operation, epochs: ReadonlyMap<number, number>): Operation {
  if (operation.op === 'purge') return operation.force === undefined ? operation : { ...operation, force: epochs.get(operation.force) ?? -1 };
  return 'epoch' in operation ? { ...operation, epoch: epochs.get(operation.epoch) ?? -1 } : operation;
}

function isOver(events: readonly Observed[], done: Uint8Array): boolean {
  return events.every(({ answer }, index) => answer === undefined || done[index] === 1);
}

/** No call may come before one that was answered when it was made. */
function earliestAnswer(events: readonly Observed[], done: Uint8Array): number {
  return events.reduce((earliest, { answer }, index) => (done[index] === 1 || answer === undefined ? earliest : Math.min(earliest, answer.at)), Infinity);
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

/** The same calls done and the same record: what comes after is the same. */
function keyOf({ record, done, epochs }: Place): string {
  const known = record === undefined ? '-' : JSON.stringify({ ...record, data: [...record.data], result: [...record.result] });
  return `${Buffer.from(done).toString('latin1')}${known}${[...epochs.values()].join()}`;
}

const BEGINNING = 1_000_000;
const MOST_STEPS = 1_000_000;
