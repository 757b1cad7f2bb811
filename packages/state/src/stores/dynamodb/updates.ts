import { NEVER, firstEpoch, until, type Claim, type Renew, type Save, type Settle } from '../../protocol/index.ts';
import type { Request } from '../../store.ts';
import type { UpdateInput, WrittenValue } from './client.ts';
import { bytes, expiry, number, text } from './item.ts';

/**
 * The operations of a holder, and the claim of pending work, as conditional updates that need not have seen the record. DynamoDB has no maximum, so that
 * each comes in two forms: with `raises` the record is kept for longer from now on, and must have been kept for less until now; without, the other way round.
 */
export interface UpdateContext {
  readonly table: string;
  readonly now: number;
  readonly raises: boolean;
  /** Refuses what was written already, where an effect belongs to it. */
  readonly isStrict?: boolean;
}

export function keptUntilAfter(request: Request<Renew> | Request<Save> | Request<Settle>, now: number): number {
  if ('leaseMs' in request) return now + request.leaseMs;
  const { settlement } = request;
  return until(settlement.to === 'pending' ? now + settlement.afterMs : now, settlement.keepMs);
}

export function updateForHolder(request: Request<Renew> | Request<Save> | Request<Settle>, context: UpdateContext): UpdateInput {
  const update = new Update(request.key, context);
  update.only('#state = :isState AND #token = :isToken AND #epoch = :isEpoch', {
    ':isState': text('held'),
    ':isToken': text(request.token),
    ':isEpoch': number(request.epoch),
  });
  if ('leaseMs' in request) {
    update.dueAt(context.now + request.leaseMs);
    update.set('leaseMs', number(request.leaseMs));
    update.keptUntil(keptUntilAfter(request, context.now));
    if ('seq' in request) update.checkpoint(request);
    return update.input();
  }
  const { settlement } = request;
  update.set('state', text(settlement.to));
  update.setBytes('result', settlement.result);
  if (settlement.to !== 'pending') {
    update.set('dueAt', number(context.now));
    // Out of the index: nobody looks for it any more.
    update.remove('dueIndex', 'dueIndexAt', ...(settlement.to === 'done' ? ['data'] : []));
    update.keptUntil(keptUntilAfter(request, context.now), 'whatever it was');
    return update.input();
  }
  update.dueAt(context.now + settlement.afterMs);
  update.keptUntil(keptUntilAfter(request, context.now));
  if (settlement.counts === 'failure') update.increment('failures');
  if (settlement.counts === 'interruption') update.increment('interruptions');
  if (settlement.checkpoint !== undefined) update.checkpoint(settlement.checkpoint);
  return update.input();
}

/** Of work that waits for somebody: what it was is in the answer. */
export function updateToClaimPending({ key, token, leaseMs, keepMs, fingerprint, version }: Request<Claim>, context: UpdateContext): UpdateInput {
  const update = new Update(key, context);
  update.only('#state = :isState AND #dueAt <= :now AND #version <= :version AND #token <> :token', {
    ':isState': text('pending'),
    ':now': number(context.now),
    ':version': number(version),
  });
  if (fingerprint === '') update.only('attribute_not_exists(#fingerprint)', {});
  else if (fingerprint !== undefined) update.only('#fingerprint = :isFingerprint', { ':isFingerprint': text(fingerprint) });
  update.set('state', text('held'));
  update.set('token', text(token));
  // As long as the clock has not gone back, the epoch that is made from it is the larger one.
  const epoch = firstEpoch(context.now);
  update.only('#epoch < :epoch', {});
  update.set('epoch', number(epoch));
  update.set('leaseMs', number(leaseMs));
  update.dueAt(context.now + leaseMs);
  update.keptUntil(until(context.now + leaseMs, keepMs));
  return { ...update.input(), ReturnValues: 'ALL_NEW' };
}

class Update {
  readonly #key: string;
  readonly #context: UpdateContext;
  readonly #sets = ['#rev = #rev + :one'];
  readonly #removes: string[] = [];
  readonly #conditions: string[] = [];
  readonly #values: Record<string, WrittenValue> = { ':one': number(1) };

  constructor(key: string, context: UpdateContext) {
    this.#key = key;
    this.#context = context;
  }

  only(condition: string, values: Readonly<Record<string, WrittenValue>>): void {
    this.#conditions.push(condition);
    Object.assign(this.#values, values);
  }

  set(name: string, value: WrittenValue): void {
    this.#sets.push(`#${name} = :${name}`);
    this.#values[`:${name}`] = value;
  }

  setBytes(name: string, value: Uint8Array): void {
    if (value.byteLength > 0) this.set(name, bytes(value));
    else this.remove(name);
  }

  increment(name: string): void {
    this.#sets.push(`#${name} = #${name} + :one`);
  }

  remove(...names: readonly string[]): void {
    this.#removes.push(...names.map((name) => `#${name}`));
  }

  dueAt(at: number): void {
    this.set('dueAt', number(at));
    this.set('dueIndexAt', number(at));
  }

  keptUntil(wanted: number, whatever?: 'whatever it was'): void {
    if (whatever === undefined) {
      this.only(this.#context.raises ? '#keepUntil < :keepUntil' : '#keepUntil >= :keepUntil', { ':keepUntil': number(wanted) });
      if (!this.#context.raises) return;
    }
    this.set('keepUntil', number(wanted));
    if (wanted === NEVER) this.remove('expiresAt');
    else this.set('expiresAt', expiry(wanted));
  }

  checkpoint({ seq, version, data }: { readonly seq: number; readonly version: number; readonly data: Uint8Array }): void {
    const condition = this.#context.isStrict === true ? '#seq = :before' : '(#seq = :before OR #seq = :seq)';
    this.only(condition, { ':before': number(seq - 1) });
    this.set('seq', number(seq));
    this.set('version', number(version));
    this.set('stalls', number(0));
    this.setBytes('data', data);
  }

  input(): UpdateInput {
    const removed = this.#removes.length === 0 ? '' : ` REMOVE ${this.#removes.join(', ')}`;
    const update = `SET ${this.#sets.join(', ')}${removed}`;
    const condition = this.#conditions.join(' AND ');
    return {
      TableName: this.#context.table,
      Key: { pk: text(this.#key) },
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: namesIn(`${update} ${condition}`),
      ExpressionAttributeValues: this.#values,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    };
  }
}

/** Every name behind a `#`: many of them are words of DynamoDB's own. */
export function namesIn(expression: string): Record<string, string> {
  return Object.fromEntries([...expression.matchAll(/#(\w+)/g)].map(([placeholder, name = '']) => [placeholder, name]));
}
