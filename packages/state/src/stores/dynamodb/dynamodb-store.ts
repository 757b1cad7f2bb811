import { SpotproofError } from '@spotproof/core';
import { checkQuery, checkRequest } from '../../check-request.ts';
import {
  next,
  nextEpoch,
  until,
  type Add,
  type AddOutcome,
  type Claim,
  type ClaimOutcome,
  type ClaimRecord,
  type HolderOutcome,
  type Operation,
  type Outcomes,
  type Purge,
  type Renew,
  type Revive,
  type Save,
  type Settle,
} from '../../protocol/index.ts';
import type { ClaimStore, ListPage, ListQuery, Request, StoreCapabilities, StoreCheck } from '../../store.ts';
import { type Calls, type Refused, isRefused } from './calls.ts';
import { checkTable } from './check-table.ts';
import type { Item, TransactItem, WrittenItem } from './client.ts';
import type { DueIndex } from './due-index.ts';
import { itemOf, recordOf, text, type StoredRecord } from './item.ts';
import { listRecords } from './lister.ts';
import { transactItems } from './transact.ts';
import { keptUntilAfter, namesIn, updateForHolder, updateToClaimPending } from './updates.ts';
import type { Watches } from './watches.ts';

export interface DynamodbStoreParts {
  readonly calls: Calls;
  readonly watches: Watches;
  readonly index: DueIndex;
  readonly maxClockSkewMs: number | undefined;
  readonly now: () => number;
}

/** A store whose effects may be further items of the same transaction. */
export interface DynamodbStore extends ClaimStore {
  /**
   * Writes further items of any table of this region, and with them what `then` says, or nothing at all, by TransactWriteItems. What `then` says counts as
   * lost if it is written already: the items that belong to it are.
   *
   * @param items At most 99: `Put`, `Update`, `Delete` or `ConditionCheck`, as the SDK's TransactWriteItem.
   * @throws SpotproofError `SPOTPROOF_CLAIM_LOST`, `SPOTPROOF_STORE`; as the SDK threw it, where a condition of `items` did not hold.
   */
  transactItems(items: readonly TransactItem[], then: Request<Save> | Request<Settle>): Promise<void>;
}

export class DynamodbClaimStore implements DynamodbStore {
  readonly capabilities: StoreCapabilities = { name: 'DynamoDB', durability: 'sync', clock: 'watch', maxBytes: MAX_BYTES };
  readonly #parts: DynamodbStoreParts;
  /** Until when the records are kept that this process claimed: it says which form of an update will do. Wrong or forgotten, it costs one round trip. */
  readonly #keptUntil = new Map<string, number>();

  constructor(parts: DynamodbStoreParts) {
    this.#parts = parts;
  }

  async add(request: Request<Add>): Promise<AddOutcome> {
    checkRequest(request, MAX_BYTES);
    return await this.#perform({ op: 'add', ...request }, UNKNOWN);
  }

  async claim(request: Request<Claim>): Promise<ClaimOutcome> {
    checkRequest(request, MAX_BYTES);
    const operation = { op: 'claim', ...request } as const;
    // Whoever creates is usually first; whoever does not has seen in a list that there is work which waits.
    const outcome = request.create === undefined ? await this.#claimPending(operation) : await this.#perform(operation, UNKNOWN);
    if (outcome.outcome === 'won') this.#parts.watches.forget(request.key);
    return outcome;
  }

  async renew(request: Request<Renew>): Promise<HolderOutcome> {
    checkRequest(request, MAX_BYTES);
    return await this.#updateAsHolder({ op: 'renew', ...request });
  }

  async save(request: Request<Save>): Promise<HolderOutcome> {
    checkRequest(request, MAX_BYTES);
    return await this.#updateAsHolder({ op: 'save', ...request });
  }

  async settle(request: Request<Settle>): Promise<HolderOutcome> {
    checkRequest(request, MAX_BYTES);
    return await this.#updateAsHolder({ op: 'settle', ...request });
  }

  async revive(request: Request<Revive>): Promise<'revived' | 'refused'> {
    checkRequest(request, MAX_BYTES);
    return await this.#perform({ op: 'revive', ...request }, await this.#look(request.key));
  }

  async purge(request: Request<Purge>): Promise<'purged' | 'kept'> {
    checkRequest(request, MAX_BYTES);
    return await this.#perform({ op: 'purge', ...request }, await this.#look(request.key));
  }

  async read(key: string): Promise<ClaimRecord | undefined> {
    checkRequest({ key }, MAX_BYTES);
    const { item } = await this.#look(key);
    if (item === undefined) return undefined;
    const { rev: _rev, leaseMs: _leaseMs, ...record } = recordOf(item);
    return record;
  }

  async list(query: ListQuery): Promise<ListPage> {
    checkQuery(query);
    return await listRecords(this.#parts, query);
  }

  check(): Promise<StoreCheck> {
    return checkTable(this, this.#parts);
  }

  async transactItems(items: readonly TransactItem[], then: Request<Save> | Request<Settle>): Promise<void> {
    checkRequest(then, MAX_BYTES);
    await transactItems(this.#parts, items, then);
  }

  async #claimPending(operation: Claim): Promise<ClaimOutcome> {
    const { calls, now } = this.#parts;
    const { key, token, leaseMs, keepMs } = operation;
    const context = { table: calls.table, now: now(), raises: keepMs !== Infinity };
    const answer = await calls.write(keyOf(key), (options) => calls.client.updateItem(updateToClaimPending(operation, context), options));
    if (isRefused(answer)) return await this.#perform(operation, answer);
    const record = recordOf(answer.Attributes ?? {});
    this.#remember(token, until(context.now + leaseMs, keepMs));
    const { epoch, seq, version, data, failures, interruptions, stalls } = record;
    return { outcome: 'won', epoch, seq, version, data, failures, interruptions, stalls };
  }

  /** One conditional update; if it is refused, what stood in the way says whether that is the answer. */
  async #updateAsHolder(operation: Renew | Save | Settle): Promise<HolderOutcome> {
    const { calls, now: clock } = this.#parts;
    const now = clock();
    const wanted = keptUntilAfter(operation, now);
    const kept = this.#keptUntil.get(operation.token) ?? wanted;
    const update = updateForHolder(operation, { table: calls.table, now, raises: kept < wanted });
    const answer = await calls.write(keyOf(operation.key), (options) => calls.client.updateItem(update, options));
    if (isRefused(answer)) return await this.#perform(operation, answer);
    if (operation.op === 'settle') this.#keptUntil.delete(operation.token);
    else this.#remember(operation.token, Math.max(kept, wanted));
    return 'held';
  }

  /** The protocol itself, on what was seen: what it makes of it is written if nobody has written in between. */
  async #perform<O extends Operation>(operation: O, first: Seen): Promise<Outcomes[O['op']]> {
    let seen = first;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const now = this.#parts.now();
      const stored = seen.item === undefined ? undefined : recordOf(seen.item);
      const before = stored === undefined ? undefined : this.#asSeen(stored, now);
      const { record, outcome } = this.#next(before, operation, now);
      if (record === before) return outcome;
      const answer = await this.#replace(operation, stored, record);
      if (!isRefused(answer)) {
        if ('token' in operation && record !== undefined) this.#remember(operation.token, record.keepUntil);
        return outcome;
      }
      seen = answer;
    }
    throw new SpotproofError('SPOTPROOF_STORE', `Others wrote to the record ${MOST_ROUNDS} times while this was about to. Try again.`, {
      retryable: true,
    });
  }

  /** A record that is still there although its time is long over does not stand in the way of a new one; its epoch does. */
  #next<O extends Operation>(before: ClaimRecord | undefined, operation: O, now: number): ReturnType<typeof next<O>> {
    const isNew = operation.op === 'add' || (operation.op === 'claim' && operation.create !== undefined);
    if (!isNew || before === undefined || before.state === 'held' || before.token === operation.token || before.keepUntil + EXPIRY_MARGIN_MS > now) {
      return next(before, operation, now);
    }
    const { record, outcome } = next(undefined, operation, now);
    if (record === undefined) return { record, outcome };
    const epoch = nextEpoch(before.epoch, now);
    return { record: { ...record, epoch }, outcome: typeof outcome === 'object' ? { ...outcome, epoch } : outcome };
  }

  /** When the lease ends is for this process to see. */
  #asSeen(record: StoredRecord, now: number): StoredRecord {
    if (record.state !== 'held') return record;
    const { watches, maxClockSkewMs } = this.#parts;
    const leftMs = record.leaseMs - watches.unchangedMs(record);
    const leftByClockMs = maxClockSkewMs === undefined ? Infinity : record.dueAt + maxClockSkewMs - now;
    return { ...record, dueAt: now + Math.max(0, Math.ceil(Math.min(leftMs, leftByClockMs))) };
  }

  #replace(operation: Operation, before: StoredRecord | undefined, record: ClaimRecord | undefined): Promise<unknown> {
    const { calls, index } = this.#parts;
    const { key } = operation;
    const TableName = calls.table;
    const ConditionExpression = before === undefined ? 'attribute_not_exists(#pk)' : '#token = :isToken AND #rev = :isRev';
    const condition = {
      ConditionExpression,
      ExpressionAttributeNames: namesIn(ConditionExpression),
      ...(before === undefined ? {} : { ExpressionAttributeValues: { ':isToken': text(before.token), ':isRev': { N: String(before.rev) } } }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    if (record === undefined) {
      return calls.write(keyOf(key), (options) => calls.client.deleteItem({ TableName, Key: keyOf(key), ...condition }, options));
    }
    const leaseMs = 'leaseMs' in operation ? operation.leaseMs : (before?.leaseMs ?? 0);
    const Item = itemOf({ ...record, rev: (before?.rev ?? 0) + 1, leaseMs }, index.partitionOf(record));
    return calls.write(keyOf(key), (options) => calls.client.putItem({ TableName, Item, ...condition }, options));
  }

  async #look(key: string): Promise<Seen> {
    return { item: await this.#parts.calls.read(keyOf(key)) };
  }

  #remember(token: string, keptUntil: number): void {
    this.#keptUntil.set(token, keptUntil);
    for (const oldest of this.#keptUntil.keys()) {
      if (this.#keptUntil.size <= MOST_REMEMBERED) break;
      this.#keptUntil.delete(oldest);
    }
  }
}

type Seen = Pick<Refused, 'item'>;

function keyOf(key: string): WrittenItem {
  return { pk: text(key) };
}

const UNKNOWN: Seen = { item: undefined } satisfies { readonly item: Item | undefined };
/** An item may have 400 KB, names and key included. */
const MAX_BYTES = 400 * 1024 - 4096;
const MOST_ROUNDS = 16;
const MOST_REMEMBERED = 10_000;
/** A day: clocks that are wrong by hours give nobody a key before its time. */
const EXPIRY_MARGIN_MS = 86_400_000;
