import type { DatabaseSync } from 'node:sqlite';
import { SpotproofError } from '@spotproof/core';
import { checkQuery, checkRequest, type Checkable } from '../../check-request.ts';
import { next, type ClaimRecord, type Operation, type Outcomes, type Save, type Settle, type Step } from '../../protocol/index.ts';
import type { ListPage, ListQuery, Request, StoreCapabilities, StoreCheck, TransactionalStore } from '../../store.ts';
import { checkRace } from '../check-race.ts';
import { pageOf } from '../sql/page.ts';
import { sqliteError } from './errors.ts';
import { durabilityOf, migrateTable, openFile, pragma } from './open.ts';
import { Records } from './records.ts';
import { DEFAULT_TABLE, type SqliteSchemaOptions } from './schema.ts';
import { Serial } from './serial.ts';
import { PerformingStore } from '../performing-store.ts';

export interface SqliteStoreOptions extends SqliteSchemaOptions {
  /** Of the database file, which is made if it is not there; or `:memory:`. Or give `database`. */
  readonly path?: string;
  /** A connection that is the store's alone, set up and closed by you. Or give `path`. */
  readonly database?: DatabaseSync;
  /**
   * For `path`. `full`: a write that was answered survives the loss of power. `normal`: it survives the end of the process, the last ones not that of the
   * machine; some ten times as fast. Default: `full`.
   */
  readonly durability?: 'full' | 'normal';
  /** How long to wait for the locks of other connections, in milliseconds. Default: 5000. */
  readonly busyMs?: number;
  /** Milliseconds since the epoch, for tests. Default: `Date.now`. */
  readonly now?: () => number;
}

export interface SqliteStore extends TransactionalStore<DatabaseSync>, Disposable {
  /** Removes up to `limit` records whose time is over, as `purge` does one by one. To be called now and then. @returns How many it removed. */
  sweep(options: { readonly limit: number }): Promise<number>;
  /** Closes the connection that it opened. */
  close(): void;
}

/**
 * Claims in a file of SQLite, for the processes of one machine: several may open the same file. The file must outlive its users to be of use, so not on the
 * own disk of a Fargate task, and not on a network file system, where SQLite's locks do not hold.
 *
 * Every call works in place, on this thread, for as long as the disk takes.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`; `SPOTPROOF_STORE` when the file cannot be opened or made; `SPOTPROOF_PLATFORM` on a Node without SQLite.
 */
export function createSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { path, table = DEFAULT_TABLE, durability = 'full', busyMs = BUSY_MS } = options;
  if ((path === undefined) === (options.database === undefined))
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', 'createSqliteStore() needs either `path` or `database`.');
  if (durability !== 'full' && durability !== 'normal')
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `durability must be "full" or "normal", got ${JSON.stringify(durability)}.`);
  // SQLite would take it for a file that nobody else can open.
  if (path === '') throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', 'path must be that of a file, or ":memory:", got an empty text.');
  if (!(busyMs >= 0)) throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `busyMs must be 0 or more milliseconds, got ${busyMs}.`);
  const file = path ?? options.database?.location() ?? ':memory:';
  try {
    const database = options.database ?? openFile(file, durability);
    try {
      migrateTable(database, table);
      return new SqliteStoreOfTable({ ...options, busyMs, database, table, file, isOwn: options.database === undefined });
    } catch (error) {
      if (options.database === undefined) database.close();
      throw error;
    }
  } catch (error) {
    throw sqliteError(error, file);
  }
}

class SqliteStoreOfTable extends PerformingStore implements SqliteStore {
  readonly capabilities: StoreCapabilities;
  readonly #database: DatabaseSync;
  readonly #isOwn: boolean;
  readonly #now: () => number;
  readonly #records: Records;
  readonly #serial: Serial;

  constructor(
    options: Pick<SqliteStoreOptions, 'now'> & {
      readonly busyMs: number;
      readonly database: DatabaseSync;
      readonly table: string;
      readonly file: string;
      readonly isOwn: boolean;
    },
  ) {
    super();
    const { database, table, file, busyMs, now = Date.now } = options;
    this.capabilities = { name: 'SQLite', durability: durabilityOf(database), clock: 'server', maxBytes: MAX_BYTES };
    this.#database = database;
    this.#isOwn = options.isOwn;
    this.#now = now;
    this.#records = new Records(database, table);
    this.#serial = new Serial(database, { file, busyMs });
  }

  async read(key: string): Promise<ClaimRecord | undefined> {
    checkRequest({ key }, MAX_BYTES);
    return await this.#serial.read(() => this.#records.get(key));
  }

  async list(query: ListQuery): Promise<ListPage> {
    checkQuery(query);
    return pageOf(await this.#serial.read(() => this.#records.list(query, this.#now())), query);
  }

  async sweep({ limit }: { readonly limit: number }): Promise<number> {
    checkQuery({ limit });
    return await this.#serial.write(() => this.#records.sweep(limit, this.#now()));
  }

  transact<R>(work: (tx: DatabaseSync) => Promise<R>, then: (result: R) => Request<Save> | Request<Settle>): Promise<R> {
    return this.#serial.hold(
      () => work(this.#database),
      (result) => {
        const request = then(result);
        const operation = 'settlement' in request ? ({ op: 'settle', ...request } as const) : ({ op: 'save', ...request } as const);
        checkRequest(operation, MAX_BYTES);
        const before = this.#records.getSummary(operation.key);
        if (isWritten(before, operation) || this.#step(before, operation) === 'lost') throw lost(operation.key);
      },
    );
  }

  async check(): Promise<StoreCheck> {
    await checkRace(this);
    const { durability } = this.capabilities;
    return await this.#serial.read(() => ({
      version: `SQLite ${String(this.#database.prepare('SELECT sqlite_version() AS version').get()?.['version'])}`,
      durability,
      warnings:
        durability === 'none' || pragma(this.#database, 'journal_mode') === 'wal'
          ? []
          : ['The database has no write-ahead log, so that readers and writers wait for each other. Run PRAGMA journal_mode = WAL once.'],
    }));
  }

  close(): void {
    if (this.#isOwn && this.#database.isOpen) this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  protected async perform<O extends Operation & Checkable>(operation: O): Promise<Outcomes[O['op']]> {
    checkRequest(operation, MAX_BYTES);
    const { key, op } = operation;
    if (op !== 'claim') return await this.#serial.write(() => this.#step(this.#records.getSummary(key), operation));
    const { record, before, outcome } = await this.#serial.read(() => this.#look(operation));
    // A replay needs no lock, and so does not wait for who has it.
    return record === before ? outcome : await this.#serial.write(() => this.#step(this.#records.get(key), operation));
  }

  #look<O extends Operation>(operation: O): Step<Outcomes[O['op']]> & { readonly before: ClaimRecord | undefined } {
    const before = this.#records.get(operation.key);
    return { before, ...next(before, operation, this.#now()) };
  }

  /** The protocol itself, on what the transaction reads. */
  #step<O extends Operation>(before: ClaimRecord | undefined, operation: O): Outcomes[O['op']] {
    const { record, outcome } = next(before, operation, this.#now());
    if (record !== undefined) this.#records.put(before, record);
    else if (before !== undefined) this.#records.delete(operation.key);
    return outcome;
  }
}

/** Whether this attempt has written this before, so that the effect that belongs to it has happened. */
function isWritten(record: ClaimRecord | undefined, operation: Save | Settle): boolean {
  if (record === undefined) return false;
  if (operation.op === 'save') return operation.seq === record.seq;
  const { settlement } = operation;
  return record.state !== 'held' || (settlement.to === 'pending' && settlement.checkpoint?.seq === record.seq);
}

function lost(key: string): SpotproofError {
  return new SpotproofError(
    'SPOTPROOF_CLAIM_LOST',
    `The transaction was rolled back: ${JSON.stringify(key)} is no longer held by this attempt, or what it was to write is written already.`,
    { details: { key } },
  );
}

const BUSY_MS = 5000;
const MAX_BYTES = 64 * 1024 * 1024;
