import { SpotproofError } from '@spotproof/core';
import { resend } from './claim/resend.ts';
import { monotonicClock } from './monotonic-clock.ts';
import type { ClaimStore, Durability } from './store.ts';

export interface ExternalEffectsOptions {
  /**
   * `external-once`: the work has effects outside the store that should not happen twice, so that a store which may lose what it has answered is refused:
   * where it says so by itself, at once; where it learns it from its server, before the first work, which calls `check()` unless you have. Default: none is.
   */
  readonly effects?: 'external-once';
  /** Takes such a store all the same: after a crash or a failover of it, effects may happen twice. */
  readonly acceptLoss?: boolean;
}

/**
 * @returns To be called before each piece of work is claimed. Undefined: the store is fit. A promise: its server is asked.
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`, as does what it returns; that also `SPOTPROOF_STORE` when the server cannot be asked.
 */
export function lossRefusal(
  store: Pick<ClaimStore, 'capabilities' | 'check'>,
  { effects, acceptLoss }: ExternalEffectsOptions,
  withinMs: number = ANSWER_WITHIN_MS,
): () => Promise<void> | undefined {
  if (effects !== undefined && effects !== 'external-once')
    throw invalid(`effects must be 'external-once' or left out, got ${JSON.stringify(effects)}.`);
  if (acceptLoss !== undefined && typeof acceptLoss !== 'boolean')
    throw invalid(`acceptLoss must be true or false, got ${JSON.stringify(acceptLoss)}.`);
  if (effects === undefined || acceptLoss === true) return () => undefined;
  const { name } = store.capabilities;
  let asking: Promise<Durability> | undefined;
  const ask = async (): Promise<Durability> => {
    try {
      const { answer } = await resend(() => store.check(), { clock: monotonicClock, withinMs, patienceMs: withinMs });
      return answer.durability;
    } catch (error) {
      // The next call asks again.
      asking = undefined;
      throw error;
    }
  };
  const refuse = (): Promise<void> | undefined => {
    const { durability, isDurabilityAssumed } = store.capabilities;
    if (isDurabilityAssumed !== true) {
      refuseLossy(name, durability);
      return undefined;
    }
    asking ??= ask();
    return asking.then((found) => refuseLossy(name, found));
  };
  if (store.capabilities.isDurabilityAssumed !== true) void refuse();
  return refuse;
}

function refuseLossy(name: string, durability: Durability): void {
  if (durability === 'sync') return;
  throw invalid(
    `effects: 'external-once' needs a store of durability sync, and ${name} is ${durability}: ${LOSES[durability]}, and the effects of that work happen twice. ` +
      "Set its server up to keep what it answers (Redis: appendfsync always and no replica, or a service with a synchronous log and `durability: 'sync'`; " +
      "PostgreSQL: fsync and synchronous_commit on; MySQL: innodb_flush_log_at_trx_commit and sync_binlog 1; SQLite: durability 'full'), take another store, " +
      'or say acceptLoss: true.',
    { durability },
  );
}

function invalid(sentence: string, details: Readonly<Record<string, string>> = {}): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', sentence, { details });
}

const LOSES = {
  async: 'a crash or a failover may lose what it has answered',
  none: 'what it has answered is gone with the process that keeps it',
} as const;
const ANSWER_WITHIN_MS = 10_000;
