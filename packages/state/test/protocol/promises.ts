/** What must be so in every history, as code: one promise for each thing that can be lost or done twice. */
import { next, type ClaimRecord } from '../../src/protocol/index.ts';
import type { Next } from '../support/faulty-next.ts';
import { type Ask, type History, LEASE_MS, type State } from './model.ts';

/** Takes down what an arrival did, and says which promise it broke by doing so. */
export function remember(
  history: History,
  {
    ask,
    outcome,
    before,
    record,
  }: {
    readonly ask: Ask;
    readonly outcome: ReturnType<Next>['outcome'];
    readonly before: ClaimRecord | undefined;
    readonly record: ClaimRecord | undefined;
  },
): { readonly history: History; readonly broken: string | undefined } {
  if (typeof outcome === 'object') {
    if (outcome.outcome !== 'won') return { history, broken: undefined };
    const isAgain = outcome.epoch === history.epoch && ask.attempt === history.winner;
    const broken = isAgain || outcome.epoch > history.epoch ? undefined : 'each attempt has a higher epoch than all before it, across removals';
    return { history: { ...history, epoch: Math.max(history.epoch, outcome.epoch), winner: ask.attempt }, broken };
  }
  if (outcome !== 'held' || record === before) return { history, broken: undefined };
  if (ask.attempt !== history.winner || ask.epoch !== history.epoch) return { history, broken: 'whoever was replaced writes nothing' };
  if (record === undefined) return { history, broken: 'a settlement removes nothing' };
  switch (ask.what) {
    case 'save':
    case 'release':
      return { history: { ...history, saved: { seq: record.seq, data: record.data } }, broken: undefined };
    case 'failure':
      return { history: { ...history, failures: [...new Set([...history.failures, ask.attempt])] }, broken: undefined };
    case 'done':
    case 'failed':
      return { history: { ...history, result: record.result }, broken: undefined };
    case 'claim':
    case 'renew':
      return { history, broken: undefined };
  }
}

interface Kept {
  readonly name: string;
  readonly isKept: (before: State, after: State) => boolean;
}

export const PROMISES: readonly Kept[] = [
  {
    name: 'at most one caller believes to hold',
    isKept: (_, { now, callers }) =>
      callers.filter(({ phase, validUntil }) => (phase === 'working' || phase === 'asking') && now < validUntil).length <= 1,
  },
  {
    name: 'a result that was written never changes',
    isKept: (before, { record }) =>
      before.record?.state !== 'done' || record === undefined || (record.state === 'done' && record.result === before.record.result),
  },
  {
    name: 'checkpoints do not go back',
    isKept: (before, { record }) => before.record === undefined || record === undefined || record.seq >= before.record.seq,
  },
  {
    name: 'a checkpoint that was acknowledged is there until the next one, or the result',
    isKept: (_, { record, history: { saved } }) =>
      record === undefined || saved === undefined || record.state === 'done' || (record.seq === saved.seq && record.data === saved.data),
  },
  {
    name: 'each failure is counted once',
    isKept: (_, { record, history: { failures } }) => record === undefined || record.failures === failures.length,
  },
  {
    name: 'work that is to be kept is there until it is settled',
    isKept: (before, { record, removalsLeft }) =>
      record !== undefined ||
      before.record === undefined ||
      before.removalsLeft > removalsLeft ||
      before.record.keepUntil < FAR_AHEAD ||
      before.record.state === 'done' ||
      before.record.state === 'failed',
  },
];

export const NOT_BLOCKED = 'no key is blocked for longer than a lease or the wait that was asked for';

export function isBlocked({ now, record }: State): boolean {
  if (record === undefined || record.state === 'done' || record.state === 'failed') return false;
  const claim = {
    op: 'claim',
    key: 'key',
    token: 'new',
    leaseMs: LEASE_MS,
    keepMs: 0,
    create: undefined,
    fingerprint: undefined,
    version: 1,
  } as const;
  return next(record, claim, now + LEASE_MS).outcome.outcome !== 'won';
}

const FAR_AHEAD = 1_000_000;
