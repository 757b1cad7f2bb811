import { SpotproofError } from '@spotproof/core';
import type { Save, Settle } from '../../protocol/index.ts';
import type { Request } from '../../store.ts';
import { type Calls, itemOfRefusal } from './calls.ts';
import type { TransactItem } from './client.ts';
import { storeError } from './errors.ts';
import { numberIn, textIn } from './item.ts';
import { keptUntilAfter, updateForHolder } from './updates.ts';

export async function transactItems(
  { calls, now: clock }: { readonly calls: Calls; readonly now: () => number },
  items: readonly TransactItem[],
  then: Request<Save> | Request<Settle>,
): Promise<void> {
  if (items.length > MOST_ITEMS) {
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `items must be ${MOST_ITEMS} at most, got ${items.length}: DynamoDB takes 100, and the claim is one.`,
    );
  }
  const now = clock();
  let raises = false;
  // Twice: which form of the update will do is known after the first refusal.
  for (let round = 0; round < 2; round += 1) {
    const { ReturnValues: _, ...update } = updateForHolder(then, { table: calls.table, now, raises, isStrict: true });
    try {
      await calls.ask((options) => calls.client.transactWriteItems({ TransactItems: [{ Update: update }, ...items] }, options));
      return;
    } catch (error) {
      const reason = refusalOfClaim(error);
      if (reason === undefined) throw unlessConflict(error, calls.table);
      const item = itemOfRefusal(reason);
      const isHeld =
        item !== undefined && textIn(item, 'state') === 'held' && textIn(item, 'token') === then.token && numberIn(item, 'epoch') === then.epoch;
      const mustRaise = item !== undefined && numberIn(item, 'keepUntil') < keptUntilAfter(then, now);
      if (!isHeld || mustRaise === raises) break;
      raises = mustRaise;
    }
  }
  throw new SpotproofError(
    'SPOTPROOF_CLAIM_LOST',
    'Somebody else has the key now, or this was written already: nothing of the transaction was done.',
  );
}

/** The reason that DynamoDB gives for the first item, which is the claim, if its condition did not hold. */
function refusalOfClaim(error: unknown): object | undefined {
  const first = reasonsOf(error)[0];
  return first !== undefined && 'Code' in first && first.Code === 'ConditionalCheckFailed' ? first : undefined;
}

/** A condition of the user's own items is the user's to understand; that others write to one of them just now is not. */
function unlessConflict(error: unknown, table: string): unknown {
  const reasons = reasonsOf(error);
  const codes = reasons.flatMap((reason) => ('Code' in reason && typeof reason.Code === 'string' && reason.Code !== 'None' ? [reason.Code] : []));
  const cause = error instanceof SpotproofError ? error.cause : error;
  if (codes.length === 0) return storeError(error, table);
  if (codes.includes('ConditionalCheckFailed')) return cause;
  const retryable = codes.every((code) => RETRYABLE.has(code));
  return new SpotproofError('SPOTPROOF_STORE', `DynamoDB cancelled the transaction: ${[...new Set(codes)].join(', ')}. Nothing was written.`, {
    retryable,
    cause,
  });
}

function reasonsOf(error: unknown): readonly object[] {
  const cause = error instanceof SpotproofError ? error.cause : error;
  if (typeof cause !== 'object' || cause === null || !('CancellationReasons' in cause) || !Array.isArray(cause.CancellationReasons)) return [];
  return cause.CancellationReasons.map((reason: unknown) => (typeof reason === 'object' && reason !== null ? reason : {}));
}

const MOST_ITEMS = 99;
const RETRYABLE: ReadonlySet<string> = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
