import type {
  Add,
  AddOutcome,
  Claim,
  ClaimOutcome,
  Create,
  HolderOutcome,
  Operation,
  Outcomes,
  Purge,
  Renew,
  Revive,
  Save,
  Settle,
} from './operations.ts';
import { firstEpoch, nextEpoch, until, type ClaimRecord } from './record.ts';

/** What an operation makes of a record, and what it answers. The same object means that nothing is written. */
export interface Step<Outcome> {
  readonly record: ClaimRecord | undefined;
  readonly outcome: Outcome;
}

/**
 * The whole protocol for one key. Stores that can look before they write run this very function; the others state the same as conditions of one write,
 * and are held to it.
 */
export function next<O extends Operation>(record: ClaimRecord | undefined, operation: O, now: number): Step<Outcomes[O['op']]> {
  // The table has, for each kind of operation, the function of that kind; TypeScript cannot relate the two sides of a look-up by a union.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const transition = TRANSITIONS[operation.op] as unknown as (record: ClaimRecord | undefined, operation: O, now: number) => Step<Outcomes[O['op']]>;
  return transition(record, operation, now);
}

function add(record: ClaimRecord | undefined, { key, token, create, afterMs, keepMs }: Add, now: number): Step<AddOutcome> {
  if (record !== undefined) {
    if (record.token === token) return { record, outcome: 'added' };
    return { record, outcome: record.fingerprint === create.fingerprint ? 'exists' : 'mismatch' };
  }
  const dueAt = now + afterMs;
  return { record: { ...fresh(key, create, now), state: 'pending', token, dueAt, keepUntil: until(dueAt, keepMs) }, outcome: 'added' };
}

function claim(record: ClaimRecord | undefined, operation: Claim, now: number): Step<ClaimOutcome> {
  const { key, token, leaseMs, keepMs, create, fingerprint, version } = operation;
  const lease = { state: 'held', token, dueAt: now + leaseMs, keepUntil: until(now + leaseMs, keepMs) } as const;
  if (record === undefined) {
    if (create === undefined) return { record, outcome: { outcome: 'absent' } };
    return won({ ...fresh(key, create, now), ...lease });
  }
  if (fingerprint !== undefined && fingerprint !== record.fingerprint) return { record, outcome: { outcome: 'mismatch' } };
  if (record.state === 'done' || record.state === 'failed')
    return { record, outcome: { outcome: record.state, result: record.result, epoch: record.epoch } };
  if (record.state === 'held' && record.token === token) return won({ ...record, ...lease, keepUntil: Math.max(record.keepUntil, lease.keepUntil) });
  // An old copy of a claim that was answered long ago, and whose attempt is over.
  if (record.token === token) return { record, outcome: { outcome: 'busy', because: 'not-due', retryAfterMs: 0 } };
  if (record.version > version) return { record, outcome: { outcome: 'newer', version: record.version } };
  if (record.dueAt > now) {
    const because = record.state === 'held' ? 'held' : 'not-due';
    return { record, outcome: { outcome: 'busy', because, retryAfterMs: record.dueAt - now } };
  }
  const abandoned = record.state === 'held' ? 1 : 0;
  return won({
    ...record,
    ...lease,
    keepUntil: Math.max(record.keepUntil, lease.keepUntil),
    epoch: nextEpoch(record.epoch, now),
    interruptions: record.interruptions + abandoned,
    stalls: record.stalls + abandoned,
  });
}

function renew(record: ClaimRecord | undefined, { token, epoch, leaseMs }: Renew, now: number): Step<HolderOutcome> {
  if (!isHeldBy(record, token, epoch)) return { record, outcome: 'lost' };
  return { record: { ...record, ...extended(record, leaseMs, now) }, outcome: 'held' };
}

function save(record: ClaimRecord | undefined, { token, epoch, seq, version, data, leaseMs }: Save, now: number): Step<HolderOutcome> {
  // The same number again is the same checkpoint, sent again because its answer was lost.
  if (!isHeldBy(record, token, epoch) || (seq !== record.seq + 1 && seq !== record.seq)) return { record, outcome: 'lost' };
  return { record: { ...record, ...extended(record, leaseMs, now), seq, version, data, stalls: 0 }, outcome: 'held' };
}

function settle(record: ClaimRecord | undefined, { token, epoch, settlement }: Settle, now: number): Step<HolderOutcome> {
  if (record === undefined || record.token !== token || record.epoch !== epoch) return { record, outcome: 'lost' };
  if (record.state !== 'held') return { record, outcome: record.state === settlement.to ? 'held' : 'lost' };
  const { to, result } = settlement;
  if (to !== 'pending') {
    const kept = to === 'done' ? { data: EMPTY } : {};
    return { record: { ...record, ...kept, state: to, result, dueAt: now, keepUntil: until(now, settlement.keepMs) }, outcome: 'held' };
  }
  const { checkpoint, counts, afterMs, keepMs } = settlement;
  if (checkpoint !== undefined && checkpoint.seq !== record.seq + 1 && checkpoint.seq !== record.seq) return { record, outcome: 'lost' };
  const dueAt = now + afterMs;
  return {
    record: {
      ...record,
      ...(checkpoint === undefined ? {} : { ...checkpoint, stalls: 0 }),
      state: to,
      result,
      dueAt,
      keepUntil: Math.max(record.keepUntil, until(dueAt, keepMs)),
      failures: record.failures + (counts === 'failure' ? 1 : 0),
      interruptions: record.interruptions + (counts === 'interruption' ? 1 : 0),
    },
    outcome: 'held',
  };
}

function revive(record: ClaimRecord | undefined, { keepMs }: Revive, now: number): Step<'revived' | 'refused'> {
  if (record?.state !== 'failed') return { record, outcome: 'refused' };
  return {
    record: { ...record, state: 'pending', dueAt: now, keepUntil: until(now, keepMs), failures: 0, stalls: 0 },
    outcome: 'revived',
  };
}

function purge(record: ClaimRecord | undefined, { force }: Purge, now: number): Step<'purged' | 'kept'> {
  if (record === undefined) return { record, outcome: 'kept' };
  const isOver = force === undefined ? record.keepUntil <= now : record.epoch === force;
  // Otherwise a claim in this very millisecond would begin with the epoch of the record that it follows.
  return isOver && firstEpoch(now) > record.epoch ? { record: undefined, outcome: 'purged' } : { record, outcome: 'kept' };
}

function fresh(key: string, { kind, fingerprint, version, data }: Create, now: number): Omit<ClaimRecord, 'state' | 'token' | 'dueAt' | 'keepUntil'> {
  return {
    key,
    kind,
    fingerprint,
    version,
    data,
    epoch: firstEpoch(now),
    seq: 0,
    result: EMPTY,
    failures: 0,
    interruptions: 0,
    stalls: 0,
  };
}

function won(record: ClaimRecord): Step<ClaimOutcome> {
  const { epoch, seq, version, data, failures, interruptions, stalls } = record;
  return { record, outcome: { outcome: 'won', epoch, seq, version, data, failures, interruptions, stalls } };
}

function isHeldBy(record: ClaimRecord | undefined, token: string, epoch: number): record is ClaimRecord {
  return record?.state === 'held' && record.token === token && record.epoch === epoch;
}

function extended(record: ClaimRecord, leaseMs: number, now: number): Pick<ClaimRecord, 'dueAt' | 'keepUntil'> {
  return { dueAt: now + leaseMs, keepUntil: Math.max(record.keepUntil, now + leaseMs) };
}

const EMPTY = new Uint8Array();

const TRANSITIONS: {
  readonly [O in Operation['op']]: (record: ClaimRecord | undefined, operation: Extract<Operation, { op: O }>, now: number) => Step<Outcomes[O]>;
} = {
  add,
  claim,
  renew,
  save,
  settle,
  revive,
  purge,
};
