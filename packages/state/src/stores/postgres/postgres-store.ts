import { SpotproofError } from '@spotproof/core';
import { checkQuery, checkRequest } from '../../check-request.ts';
import {
  NEVER,
  next,
  type AddOutcome,
  type Claim,
  type ClaimOutcome,
  type ClaimRecord,
  type Holder,
  type HolderOutcome,
  type Operation,
  type Save,
  type Settle,
  type Settlement,
} from '../../protocol/index.ts';
import type { Durability, ListPage, ListQuery, Request, StoreCapabilities, StoreCheck, TransactionalStore } from '../../store.ts';
import { declaredDurability } from '../declared-durability.ts';
import { endedByWork } from '../ended-by-work.ts';
import { pageOf, positionOf } from '../sql/page.ts';
import { bytesOf, numberOf, recordOf, stateOf, summaryOf, textOf, type Row } from '../sql/row.ts';
import { checkServer } from './check-server.ts';
import { isRefusal, postgresError } from './errors.ts';
import { migrateTable } from './migrate.ts';
import type { ClientOf, PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './pool.ts';
import { tableName, type PostgresSchemaOptions } from './schema.ts';
import { BEGIN, IS_STILL_OPEN, statementsOf, type Statement, type Statements } from './statements.ts';

export interface PostgresStoreOptions<Pool extends PostgresPool = PostgresPool> extends PostgresSchemaOptions {
  /** A `pg.Pool`, or what has its three methods. It stays yours: the store does not end it. */
  readonly pool: Pool;
  /**
   * Whether connections keep the statements prepared, which saves the server most of its work on them. Not behind a pooler that gives each statement another
   * connection and knows nothing of prepared ones (PgBouncer before 1.21). Default: true.
   */
  readonly prepare?: boolean;
}

export interface PostgresStore<Client = PostgresClient> extends TransactionalStore<Client> {
  /** Makes the table, or brings it to the layout that this version knows. Several tasks may do it at once. Needs CREATE on the schema. */
  migrate(): Promise<void>;
  /** Removes up to `limit` records whose time is over, as `purge` does one by one. To be called now and then. @returns How many it removed. */
  sweep(options: { readonly limit: number }): Promise<number>;
}

/**
 * Claims in a table of PostgreSQL, 13 or newer. Nothing is kept with a connection: poolers in transaction mode are no obstacle, and no lock is held between
 * two calls.
 *
 * Give the pool a `connectionTimeoutMillis` and a `query_timeout`, so that a connection that died without a word is given up.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function createPostgresStore<Pool extends PostgresPool>(options: PostgresStoreOptions<Pool>): PostgresStore<ClientOf<Pool>> {
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- what JavaScript may pass
  if (typeof options?.pool?.query !== 'function' || typeof options.pool.connect !== 'function')
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      'createPostgresStore() needs `pool`: a Pool of `pg`, or what has its query() and connect().',
    );
  return new PostgresStoreOfTable<ClientOf<Pool>>(options);
}

class PostgresStoreOfTable<Client> implements PostgresStore<Client> {
  readonly #pool: PostgresPool;
  readonly #names: PostgresSchemaOptions;
  readonly #isPrepared: boolean;
  readonly #statements: Statements;
  #durability: Durability | undefined;

  constructor({ pool, prepare = true, ...names }: PostgresStoreOptions) {
    this.#pool = pool;
    this.#names = names;
    this.#isPrepared = prepare;
    this.#statements = statementsOf(tableName(names));
  }

  /** What the server is set up for is known once it was asked, by `check()`. */
  get capabilities(): StoreCapabilities {
    return { name: 'PostgreSQL', ...declaredDurability(this.#durability, 'sync'), clock: 'server', maxBytes: MAX_BYTES };
  }

  async add(request: Request<Extract<Operation, { op: 'add' }>>): Promise<AddOutcome> {
    checkRequest(request, MAX_BYTES);
    const { key, token, create, afterMs, keepMs } = request;
    const { kind, fingerprint, version, data } = create;
    return await this.#untilClear(key, async () => {
      const [row] = await this.#send(this.#statements.add, [key, kind, token, fingerprint, version, data, afterMs, finite(keepMs)]);
      if (row === undefined) return undefined;
      if (row['added'] === true || row['token'] === token) return 'added';
      return row['fingerprint'] === fingerprint ? 'exists' : 'mismatch';
    });
  }

  async claim(request: Request<Claim>): Promise<ClaimOutcome> {
    checkRequest(request, MAX_BYTES);
    const { key, create } = request;
    // What has no record is made; only what has one that may be taken over needs the second statement.
    let isKnown = create === undefined;
    return await this.#untilClear(key, async () => {
      const row = isKnown ? await this.#take(request) : await this.#create(request, create);
      if (row === undefined) {
        if (isKnown && create === undefined) return { outcome: 'absent' };
        // A row that was made in the same instant is not seen yet, or it is gone again.
        isKnown = !isKnown;
        return undefined;
      }
      const outcome = outcomeOf(row, request);
      // It can be taken over, or was when this statement began.
      if (outcome === undefined) isKnown = true;
      return outcome;
    });
  }

  async renew(request: Request<Extract<Operation, { op: 'renew' }>>): Promise<HolderOutcome> {
    checkRequest(request, MAX_BYTES);
    const { key, token, epoch, leaseMs } = request;
    return heldIf(await this.#send(this.#statements.renew, [key, token, epoch, leaseMs]));
  }

  async save(request: Request<Save>): Promise<HolderOutcome> {
    checkRequest(request, MAX_BYTES);
    return heldIf(await this.#send(this.#statements.save, valuesOfSave(request)));
  }

  async settle(request: Request<Settle>): Promise<HolderOutcome> {
    checkRequest(request, MAX_BYTES);
    const { statement, values } = this.#settlement(request, 'again');
    const rows = await this.#send(statement, values);
    if (rows.length > 0) return 'held';
    // Sent again after it was done. Its first copy may have been under way together with this one, so this is asked in a statement of its own.
    return isSettled(await this.read(request.key), request) ? 'held' : 'lost';
  }

  async revive(request: Request<Extract<Operation, { op: 'revive' }>>): Promise<'revived' | 'refused'> {
    checkRequest(request, MAX_BYTES);
    const rows = await this.#send(this.#statements.revive, [request.key, finite(request.keepMs)]);
    return rows.length > 0 ? 'revived' : 'refused';
  }

  async purge({ key, force }: Request<Extract<Operation, { op: 'purge' }>>): Promise<'purged' | 'kept'> {
    checkRequest({ key }, MAX_BYTES);
    const rows = await this.#send(this.#statements.purge, [key, force ?? null]);
    return rows.length > 0 ? 'purged' : 'kept';
  }

  async read(key: string): Promise<ClaimRecord | undefined> {
    checkRequest({ key }, MAX_BYTES);
    const [row] = await this.#send(this.#statements.read, [key]);
    return row === undefined ? undefined : recordOf(row);
  }

  async list(query: ListQuery): Promise<ListPage> {
    checkQuery(query);
    const { at, key } = positionOf(query.cursor);
    const rows = await this.#send(this.#statements.list(query), [query.limit + 1, at, key, ...(query.kind === undefined ? [] : [query.kind])]);
    return pageOf(rows.map(summaryOf), query);
  }

  async sweep({ limit }: { readonly limit: number }): Promise<number> {
    checkQuery({ limit });
    const rows = await this.#send(this.#statements.sweep, [limit]);
    return rows.length;
  }

  async transact<R>(work: (tx: Client) => Promise<R>, then: (result: R) => Request<Save> | Request<Settle>): Promise<R> {
    const client = await this.#connect();
    client.on?.('error', ignore);
    let isBack = false;
    const giveBack = (isBroken: boolean): void => {
      if (isBack) return;
      isBack = true;
      client.removeListener?.('error', ignore);
      client.release(isBroken);
    };
    try {
      await send(client, { text: BEGIN, values: [] });
      // Its own errors are its caller's, and stay what they are.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `Client` is what this pool connects
      const result = await work(client as Client);
      const request = then(result);
      checkRequest(request, MAX_BYTES);
      const { statement, values } =
        'settlement' in request ? this.#settlement(request, 'once') : { statement: this.#statements.saveOnce, values: valuesOfSave(request) };
      const { rows } = await send(client, this.#query(statement, values));
      if (rows.length === 0) throw await whyNothing(client, request.key);
      await this.#commit(client, request, giveBack);
      giveBack(false);
      return result;
    } catch (error) {
      if (!isBack) giveBack(!(await rolledBack(client)));
      throw error;
    }
  }

  async migrate(): Promise<void> {
    await migrateTable(this.#pool, this.#names);
  }

  async check(): Promise<StoreCheck> {
    const checked = await checkServer(this, this.#pool, this.#names);
    this.#durability = checked.durability;
    return checked;
  }

  async #create({ key, token, leaseMs, keepMs }: Request<Claim>, create: Request<Claim>['create']): Promise<Row | undefined> {
    if (create === undefined) return undefined;
    const { kind, fingerprint, version, data } = create;
    const [row] = await this.#send(this.#statements.create, [key, kind, token, fingerprint, version, data, leaseMs, finite(keepMs)]);
    return row?.['won'] === true ? { ...row, version, data, seq: 0, failures: 0, interruptions: 0, stalls: 0 } : row;
  }

  async #take({ key, token, leaseMs, keepMs, fingerprint, version }: Request<Claim>): Promise<Row | undefined> {
    const [row] = await this.#send(this.#statements.take, [key, token, leaseMs, finite(keepMs), fingerprint ?? null, version]);
    return row;
  }

  /** @param how `once`: a checkpoint that is written already is refused. */
  #settlement(
    { key, token, epoch, settlement }: Request<Settle>,
    how: 'again' | 'once',
  ): { readonly statement: Statement; readonly values: unknown[] } {
    const { result, keepMs } = settlement;
    const values = [key, token, epoch, result, finite(keepMs)];
    if (settlement.to !== 'pending')
      return { statement: this.#statements[how === 'once' ? (`${settlement.to}Once` as const) : settlement.to], values };
    const { afterMs, counts, checkpoint } = settlement;
    return {
      statement: how === 'once' ? this.#statements.releaseOnce : this.#statements.release,
      values: [
        ...values,
        afterMs,
        counts === 'failure' ? 1 : 0,
        counts === 'interruption' ? 1 : 0,
        ...(checkpoint === undefined ? [null, null, null] : [checkpoint.seq, checkpoint.version, checkpoint.data]),
      ],
    };
  }

  /** A statement sees the table as it was when it began. Where that is not what it then met, it is asked again, and sees what has changed. */
  async #untilClear<T>(key: string, ask: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const answer = await ask();
      if (answer !== undefined) return answer;
    }
    throw new SpotproofError(
      'SPOTPROOF_STORE',
      `The record of ${JSON.stringify(key)} changed ${MOST_TRIES} times while it was asked for. Ask again.`,
      {
        details: { key },
        retryable: true,
      },
    );
  }

  async #commit(client: PostgresClient, request: Request<Save> | Request<Settle>, giveBack: (isBroken: boolean) => void): Promise<void> {
    try {
      await send(client, { text: 'COMMIT', values: [] });
    } catch (error) {
      const cause = error instanceof SpotproofError ? error.cause : error;
      if (isRefusal(cause)) throw error;
      // Before asking on another connection: the pool may have no more than this one.
      giveBack(true);
      if (!(await this.#wasCommitted(request))) throw error;
    }
  }

  /** False also when it cannot be told now. The write of a transaction that is still alive would be locked. */
  async #wasCommitted(request: Request<Save> | Request<Settle>): Promise<boolean> {
    try {
      const [row] = await this.#send(this.#statements.readLocked, [request.key]);
      if (row === undefined) return false;
      const record = recordOf(row);
      if ('settlement' in request) return isSettled(record, request);
      return record.token === request.token && record.epoch === request.epoch && record.seq === request.seq;
    } catch {
      return false;
    }
  }

  async #connect(): Promise<PostgresClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw postgresError(error);
    }
  }

  async #send(statement: Statement, values: unknown[]): Promise<readonly Row[]> {
    const { rows } = await send(this.#pool, this.#query(statement, values));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each column is looked at when it is read
    return rows as readonly Row[];
  }

  #query({ name, text }: Statement, values: unknown[]): PostgresQuery {
    return this.#isPrepared ? { name, text, values } : { text, values };
  }
}

/** Undefined when it could be claimed, and so was not looked at late enough. */
function outcomeOf(row: Row, request: Request<Claim>): ClaimOutcome | undefined {
  if (row['won'] === true) {
    return {
      outcome: 'won',
      epoch: numberOf(row, 'epoch'),
      seq: numberOf(row, 'seq'),
      version: numberOf(row, 'version'),
      data: bytesOf(row, 'data'),
      failures: numberOf(row, 'failures'),
      interruptions: numberOf(row, 'interruptions'),
      stalls: numberOf(row, 'stalls'),
    };
  }
  const { outcome } = next(lookedAt(row, request.key), { op: 'claim', ...request }, numberOf(row, 'now'));
  return outcome.outcome === 'won' ? undefined : outcome;
}

/** The record as far as it decides a claim that is not won. */
function lookedAt(row: Row, key: string): ClaimRecord {
  return {
    key,
    kind: '',
    state: stateOf(row),
    token: textOf(row, 'token'),
    epoch: numberOf(row, 'epoch'),
    dueAt: numberOf(row, 'due_at'),
    keepUntil: 0,
    fingerprint: textOf(row, 'fingerprint'),
    seq: 0,
    version: numberOf(row, 'version'),
    failures: 0,
    interruptions: 0,
    stalls: 0,
    data: EMPTY,
    result: bytesOf(row, 'result'),
  };
}

function isSettled(record: ClaimRecord | undefined, { token, epoch, settlement }: Holder & { readonly settlement: Settlement }): boolean {
  return record?.token === token && record.epoch === epoch && record.state === settlement.to;
}

function valuesOfSave({ key, token, epoch, leaseMs, seq, version, data }: Request<Save>): unknown[] {
  return [key, token, epoch, leaseMs, seq, version, data];
}

function heldIf(rows: readonly Row[]): HolderOutcome {
  return rows.length > 0 ? 'held' : 'lost';
}

async function send(to: PostgresPool | PostgresClient, query: PostgresQuery): Promise<PostgresResult> {
  try {
    return await to.query(query);
  } catch (error) {
    throw postgresError(error);
  }
}

/** False when the connection does not even answer to this. The server rolls back what has lost its connection. */
async function rolledBack(client: PostgresClient): Promise<boolean> {
  try {
    await client.query({ text: 'ROLLBACK', values: [] });
    return true;
  } catch {
    return false;
  }
}

/** The next statement on that connection tells. */
function ignore(): void {}

async function whyNothing(client: PostgresClient, key: string): Promise<SpotproofError> {
  const { rows } = await send(client, { text: IS_STILL_OPEN, values: [] });
  const [row] = rows;
  return typeof row === 'object' && row !== null && 'isOpen' in row && row.isOpen === false ? endedByWork() : lost(key);
}

function lost(key: string): SpotproofError {
  return new SpotproofError(
    'SPOTPROOF_CLAIM_LOST',
    `The transaction was rolled back: ${JSON.stringify(key)} is no longer held by this attempt, or what it was to write is written already.`,
    { details: { key } },
  );
}

/** For ever is what a column holds at most. */
function finite(keepMs: number): number {
  return Math.min(keepMs, NEVER);
}

const EMPTY = new Uint8Array();
const MOST_TRIES = 10;
const MAX_BYTES = 64 * 1024 * 1024;
