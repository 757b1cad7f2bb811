import { next, type ClaimRecord, type Operation, type Outcomes, type Step } from '../../src/protocol/index.ts';

/** The protocol, or a variant of it that has one fault, so that tests can show that they find it. */
export type Next = <O extends Operation>(record: ClaimRecord | undefined, operation: O, now: number) => Step<Outcomes[O['op']]>;

export const FAULTS = {
  'unfenced settle': forHolders('settle'),
  'unfenced save': forHolders('save'),
  'unfenced renew': forHolders('renew'),
  'epoch reset': variant('claim', (record, operation, now) => {
    const step = next(record, operation, now);
    if (record !== undefined || step.record === undefined || step.outcome.outcome !== 'won') return step;
    return { record: { ...step.record, epoch: 1 }, outcome: { ...step.outcome, epoch: 1 } };
  }),
  'epochs that only count': variant('claim', (record, operation, now) => {
    const step = next(record, operation, now);
    if (record === undefined || step.record === undefined || step.outcome.outcome !== 'won') return step;
    return { record: { ...step.record, epoch: record.epoch }, outcome: { ...step.outcome, epoch: record.epoch } };
  }),
  'epoch not compared': (record, operation, now) =>
    next(record, record !== undefined && 'epoch' in operation ? { ...operation, epoch: record.epoch } : operation, now),
  'record deleted on failure': variant('settle', (record, operation, now) => {
    const step = next(record, operation, now);
    return operation.settlement.to !== 'done' && step.outcome === 'held' ? { record: undefined, outcome: 'held' } : step;
  }),
  'holder bound to time': (record, operation, now) => {
    const isHolders = operation.op === 'save' || operation.op === 'renew' || operation.op === 'settle';
    // A record whose lease is over is hidden from its holder, and then put back as it was.
    const isOver = isHolders && record?.state === 'held' && record.dueAt <= now;
    return isOver ? { ...next(undefined, operation, now), record } : next(record, operation, now);
  },
  'seq unchecked': (record, operation, now) => {
    const seq = seqOf(operation);
    return next(record !== undefined && seq !== undefined ? { ...record, seq: seq - 1 } : record, operation, now);
  },
  'resend counted twice': variant('settle', (record, operation, now) => {
    const isAgain = record?.state === 'pending' && record.token === operation.token && operation.settlement.to === 'pending';
    return next(isAgain ? { ...record, state: 'held' } : record, operation, now);
  }),
  'claim not recognised when sent again': variant('claim', (record, operation, now) =>
    next(record?.state === 'held' && record.token === operation.token ? { ...record, token: 'another' } : record, operation, now),
  ),
  'released work claimed back by an old copy': variant('claim', (record, operation, now) =>
    next(record?.state === 'pending' ? { ...record, token: 'another' } : record, operation, now),
  ),
  'newer version claimed': variant('claim', (record, operation, now) => next(record, { ...operation, version: Number.MAX_SAFE_INTEGER }, now)),
  'fingerprint not compared': variant('claim', (record, operation, now) => next(record, { ...operation, fingerprint: undefined }, now)),
  'lease not looked at': variant('claim', (record, operation, now) =>
    next(record?.state === 'held' && record.token !== operation.token ? { ...record, dueAt: now } : record, operation, now),
  ),
  'blocked for as long as it is kept': variant('claim', (record, operation, now) =>
    next(record?.state === 'held' ? { ...record, dueAt: record.keepUntil } : record, operation, now),
  ),
  'done is run again': variant('claim', (record, operation, now) =>
    next(record?.state === 'done' ? { ...record, state: 'pending', token: 'another' } : record, operation, now),
  ),
  'take-over not counted': variant('claim', (record, operation, now) =>
    next(record?.state === 'held' && record.dueAt <= now ? { ...record, state: 'pending' } : record, operation, now),
  ),
  'stalls not forgiven': (record, operation, now) => {
    const step = next(record, operation, now);
    return record === undefined || step.record === undefined
      ? step
      : { ...step, record: { ...step.record, stalls: Math.max(record.stalls, step.record.stalls) } };
  },
  'keep shortened by a claim': variant('claim', (record, operation, now) =>
    next(record === undefined || record.state === 'done' ? record : { ...record, keepUntil: 0 }, operation, now),
  ),
  'removed too early': variant('purge', (record, operation, now) =>
    next(record === undefined ? record : { ...record, keepUntil: Math.min(record.keepUntil, record.dueAt) }, operation, now),
  ),
  'removed within the millisecond': variant('purge', (record, operation, now) => {
    const isOver = record !== undefined && (operation.force === undefined ? record.keepUntil <= now : record.epoch === operation.force);
    return isOver ? { record: undefined, outcome: 'purged' } : { record, outcome: 'kept' };
  }),
  'operator removes what came after': variant('purge', (record, operation, now) =>
    next(record, operation.force === undefined || record === undefined ? operation : { ...operation, force: record.epoch }, now),
  ),
  'add overwrites': variant('add', (record, operation, now) => next(record?.state === 'done' ? record : undefined, operation, now)),
} as const satisfies Record<string, Next>;

/** A variant in one kind of operation. */
function variant<N extends Operation['op']>(
  op: N,
  change: (record: ClaimRecord | undefined, operation: Extract<Operation, { op: N }>, now: number) => Step<Outcomes[N]>,
): Next {
  return <O extends Operation>(record: ClaimRecord | undefined, operation: O, now: number): Step<Outcomes[O['op']]> => {
    const asked: Operation = operation;
    if (asked.op !== op) return next(record, operation, now);
    const step: Step<Outcomes[Operation['op']]> = change(record, asked as Extract<Operation, { op: N }>, now);
    return step as Step<Outcomes[O['op']]>;
  };
}

/** As a write that is conditioned on nothing but the key: whoever comes is taken for the holder. */
function forHolders(op: 'settle' | 'save' | 'renew'): Next {
  return <O extends Operation>(record: ClaimRecord | undefined, operation: O, now: number): Step<Outcomes[O['op']]> => {
    if (record === undefined || operation.op !== op) return next(record, operation, now);
    const seq = seqOf(operation);
    const taken = {
      ...record,
      state: 'held',
      token: operation.token,
      epoch: operation.epoch,
      seq: seq === undefined ? record.seq : seq - 1,
    } as const;
    const step = next<Operation>(taken, operation, now) as Step<Outcomes[O['op']]>;
    const after = step.record ?? record;
    return { ...step, record: { ...after, state: op === 'settle' ? after.state : record.state, token: record.token, epoch: record.epoch } };
  };
}

function seqOf(operation: Operation): number | undefined {
  if (operation.op === 'save') return operation.seq;
  if (operation.op === 'settle' && operation.settlement.to === 'pending') return operation.settlement.checkpoint?.seq;
  return undefined;
}
