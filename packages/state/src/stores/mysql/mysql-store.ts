import { SpotproofError } from '@spotproof/core';
import { checkQuery, checkRequest, checkText, type Checkable } from '../../check-request.ts';
import type { Add, AddOutcome, Claim, ClaimOutcome, ClaimRecord, HolderOutcome, Purge, Renew, Revive, Save, Settle } from '../../protocol/index.ts';
import type { Durability, ListPage, ListQuery, Request, StoreCapabilities, StoreCheck, TransactionalStore } from '../../store.ts';
import { declaredDurability } from '../declared-durability.ts';
import { endedByWork } from '../ended-by-work.ts';
import { pageOf, positionOf } from '../sql/page.ts';
import { numberOf, recordOf, summaryOf, type Row } from '../sql/row.ts';
import { checkMysql } from './check.ts';
import { claimOutcome } from './claim-outcome.ts';
import type { MysqlConnection, MysqlPool } from './client.ts';
import { decoded, matched, removed, rowsOf } from './rows.ts';
import { LONGEST_FINGERPRINT_BYTES, mysqlMigrations, tableOf } from './schema.ts';
import { Session } from './session.ts';
import { Statements, type Flavour } from './statements.ts';

export interface MysqlStoreOptions<Connection extends MysqlConnection> {
  /** Of `createPool` from `mysql2/promise`, to the primary. It stays the caller's to end. */
  readonly pool: MysqlPool<Connection>;
  /** 1 to 64 characters, in the database of the connection. Default: `spotproof_claims`. */
  readonly table?: string;
  /**
   * MariaDB 10.5 and newer answer a claim in the statement that makes it. `auto` uses that where it is there and takes a second statement where it is not;
   * `mariadb` and `mysql` say which it is, for a proxy that removes comments. Default: `auto`.
   */
  readonly flavour?: Flavour;
  /** The largest record in bytes; a third more must fit into the server's `max_allowed_packet`. 1 to 1 GiB. Default: 8 MiB. */
  readonly maxBytes?: number;
  /** How long a statement may take, with the wait for a connection. 1 ms to an hour. Default: 10 s. */
  readonly timeoutMs?: number;
}

export interface MysqlStore<Connection extends MysqlConnection = MysqlConnection> extends TransactionalStore<Connection> {
  /** Makes the table, or brings it to the layout that this version knows. Several tasks may do it at once. Needs CREATE on the database. */
  migrate(): Promise<void>;
  /** Removes up to `limit` records whose time is over, as `purge` does one by one. To be called now and then. @returns How many it removed. */
  sweep(options: { readonly limit: number }): Promise<number>;
}

/**
 * Claims in a table of MariaDB 10.5 or newer, or of MySQL 8. All times are the server's, whatever the time zone of a session. Nothing is kept with a
 * connection and nothing is prepared, so that proxies are no obstacle, and no lock is held between two calls.
 *
 * The transactions of `transact` are READ COMMITTED. A statement that commits by itself, such as CREATE TABLE, must not be in one: what came before it could
 * not be undone. MariaDB knows when that has happened, and nothing counts as done then; MySQL does not.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 */
export function createMysqlStore<Connection extends MysqlConnection>(options: MysqlStoreOptions<Connection>): MysqlStore<Connection> {
  return new MysqlStoreOfTable(options);
}

class MysqlStoreOfTable<Connection extends MysqlConnection> implements MysqlStore<Connection> {
  readonly #table: string;
  readonly #maxBytes: number;
  readonly #session: Session<Connection>;
  readonly #statements: Statements;
  #durability: Durability | undefined;

  constructor({ pool, table, flavour = 'auto', maxBytes = DEFAULT_MAX_BYTES, timeoutMs = DEFAULT_TIMEOUT_MS }: MysqlStoreOptions<Connection>) {
    // oxlint-disable-next-line typescript/no-unnecessary-condition -- what JavaScript may pass
    if (typeof pool?.getConnection !== 'function') throw refused('pool must be one of mysql2/promise, or what has its getConnection()', typeof pool);
    if (!FLAVOURS.includes(flavour)) throw refused(`flavour must be one of ${FLAVOURS.join(', ')}`, flavour);
    if (!isWithin(maxBytes, LARGEST_BYTES)) throw refused(`maxBytes must be a whole number from 1 to ${LARGEST_BYTES}`, maxBytes);
    if (!isWithin(timeoutMs, LONGEST_TIMEOUT_MS)) throw refused(`timeoutMs must be a whole number from 1 to ${LONGEST_TIMEOUT_MS}`, timeoutMs);
    this.#table = tableOf(table === undefined ? {} : { table });
    this.#maxBytes = maxBytes;
    this.#session = new Session(pool, timeoutMs);
    this.#statements = new Statements(this.#table, flavour);
  }

  /** What the server is set up for is known once it was asked, by `check()`. */
  get capabilities(): StoreCapabilities {
    return { name: 'MariaDB or MySQL', ...declaredDurability(this.#durability, 'sync'), clock: 'server', maxBytes: this.#maxBytes };
  }

  async add(request: Request<Add>): Promise<AddOutcome> {
    this.#check(request, request.create.fingerprint);
    const row = await this.#written(this.#statements.add(request), () => this.#statements.added(request.key));
    // Removed between the two statements: sent again, it is added or told what is there now.
    if (row === undefined) return this.add(request);
    const { token, fingerprint } = decoded(row);
    if (token === request.token) return 'added';
    return fingerprint === request.create.fingerprint ? 'exists' : 'mismatch';
  }

  async claim(request: Request<Claim>): Promise<ClaimOutcome> {
    this.#check(request, request.create?.fingerprint);
    const row = await this.#written(this.#statements.claim(request), () => this.#statements.claimed(request.key, request.token));
    return row === undefined ? { outcome: 'absent' } : claimOutcome(row, request);
  }

  async renew(request: Request<Renew>): Promise<HolderOutcome> {
    this.#check(request);
    return this.#update(this.#statements.renew(request));
  }

  async save(request: Request<Save>): Promise<HolderOutcome> {
    this.#check(request);
    return this.#update(this.#statements.save(request, { isInTransaction: false }));
  }

  async settle(request: Request<Settle>): Promise<HolderOutcome> {
    this.#check(request);
    return this.#update(this.#statements.settle(request, { isInTransaction: false }));
  }

  async revive(request: Request<Revive>): Promise<'revived' | 'refused'> {
    this.#check(request);
    return matched(await this.#session.ask(this.#statements.revive(request))) ? 'revived' : 'refused';
  }

  async purge(request: Request<Purge>): Promise<'purged' | 'kept'> {
    this.#check(request);
    return removed(await this.#session.ask(this.#statements.purge(request))) > 0 ? 'purged' : 'kept';
  }

  async read(key: string): Promise<ClaimRecord | undefined> {
    this.#check({ key });
    const [row] = rowsOf(await this.#session.ask(this.#statements.read(key))) ?? [];
    return row === undefined ? undefined : recordOf(decoded(row));
  }

  async list(query: ListQuery): Promise<ListPage> {
    checkQuery(query);
    const rows = rowsOf(await this.#session.ask(this.#statements.list(query, positionOf(query.cursor)))) ?? [];
    return pageOf(
      rows.map((row) => summaryOf(decoded(row))),
      query,
    );
  }

  async sweep({ limit }: { readonly limit: number }): Promise<number> {
    checkQuery({ limit });
    return removed(await this.#session.ask(this.#statements.sweep(limit)));
  }

  async migrate(): Promise<void> {
    for (const statement of mysqlMigrations(this.#table)) await this.#session.ask(statement);
  }

  async check(): Promise<StoreCheck> {
    const checked = await checkMysql(this, { session: this.#session, table: this.#table });
    this.#durability = checked.durability;
    return checked;
  }

  async transact<R>(work: (connection: Connection) => Promise<R>, then: (result: R) => Request<Save> | Request<Settle>): Promise<R> {
    let isWritten = (): Promise<boolean> => Promise.resolve(false);
    return this.#session.transaction(
      async (connection) => {
        const result = await work(connection);
        const request = then(result);
        this.#check(request);
        isWritten = () => this.#isWritten(request);
        const where = { isInTransaction: true };
        return { result, sql: 'settlement' in request ? this.#statements.settle(request, where) : this.#statements.save(request, where) };
      },
      async (answer, ask) => {
        if (matched(answer)) return;
        const [row] = rowsOf(await ask(this.#statements.isInTransaction())) ?? [];
        if (row !== undefined && numberOf(row, 'isOpen') === 0) throw endedByWork();
        throw new SpotproofError(
          'SPOTPROOF_CLAIM_LOST',
          'The transaction was rolled back: the key is no longer held by this attempt, or what it was to write is written already.',
        );
      },
      () => isWritten(),
    );
  }

  /** Waits for the transaction, should the server still be about to commit it. */
  async #isWritten(request: Request<Save> | Request<Settle>): Promise<boolean> {
    const [row] = rowsOf(await this.#session.ask(this.#statements.settledFor(request))) ?? [];
    if (row === undefined) return false;
    return 'settlement' in request ? decoded(row)['state'] === request.settlement.to : numberOf(row, 'seq') === request.seq;
  }

  async #update(sql: string): Promise<HolderOutcome> {
    return matched(await this.#session.ask(sql)) ? 'held' : 'lost';
  }

  /** The row as it is after a write: told with it, or asked for. */
  async #written(sql: string, select: () => string): Promise<Row | undefined> {
    const rows = rowsOf(await this.#session.ask(sql)) ?? rowsOf(await this.#session.ask(select())) ?? [];
    return rows[0];
  }

  #check(request: Checkable, fingerprint = ''): void {
    checkRequest(request, this.#maxBytes);
    if (fingerprint !== '') checkText('fingerprint', fingerprint, LONGEST_FINGERPRINT_BYTES);
  }
}

function isWithin(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= most;
}

function refused(expected: string, got: string | number): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${expected}, got ${got}.`);
}

const FLAVOURS: readonly Flavour[] = ['auto', 'mariadb', 'mysql'];
const DEFAULT_MAX_BYTES = 8 * 1024 * 1024;
const LARGEST_BYTES = 1024 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 3_600_000;
