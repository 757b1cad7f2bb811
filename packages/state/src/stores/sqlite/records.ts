import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { firstEpoch, type ClaimRecord } from '../../protocol/index.ts';
import type { ClaimSummary, ListQuery } from '../../store.ts';
import { orderOf, positionOf } from '../sql/page.ts';
import { recordOf, summaryOf } from '../sql/row.ts';
import { quoted } from './schema.ts';

/** The table of claims as a map from key to record. */
export class Records {
  readonly #database: DatabaseSync;
  readonly #name: string;
  /** By their text. There are a dozen or so. */
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, table: string) {
    this.#database = database;
    this.#name = quoted(table);
  }

  get(key: string): ClaimRecord | undefined {
    const row = this.#prepare(`SELECT * FROM ${this.#name} WHERE "key" = ?`).get(key);
    return row === undefined ? undefined : recordOf(row);
  }

  /** Without what may be large: nothing stands for it, and is not to be written back. */
  getSummary(key: string): ClaimRecord | undefined {
    const row = this.#prepare(`SELECT ${SUMMARY} FROM ${this.#name} WHERE "key" = ?`).get(key);
    return row === undefined ? undefined : { ...summaryOf(row), data: UNREAD, result: UNREAD };
  }

  /** Writes what has changed: a heartbeat does not write a large checkpoint again. */
  put(before: ClaimRecord | undefined, after: ClaimRecord): void {
    const values = COLUMNS.filter(({ of }) => before === undefined || of(after) !== of(before)).map(({ name, of }) => ({ name, value: of(after) }));
    if (values.length === 0) return;
    const sql =
      before === undefined
        ? `INSERT INTO ${this.#name} (${values.map(({ name }) => `"${name}"`).join(', ')}) VALUES (${values.map(() => '?').join(', ')})`
        : `UPDATE ${this.#name} SET ${values.map(({ name }) => `"${name}" = ?`).join(', ')} WHERE "key" = ?`;
    this.#prepare(sql).run(...values.map(({ value }) => value), ...(before === undefined ? [] : [after.key]));
  }

  delete(key: string): void {
    this.#prepare(`DELETE FROM ${this.#name} WHERE "key" = ?`).run(key);
  }

  /** One more than asked for, if there is one. */
  list({ kind, state, limit, cursor }: ListQuery, now: number): readonly ClaimSummary[] {
    const order = orderOf(state);
    const { at, key } = positionOf(cursor);
    const conditions = [
      order === 'key' ? '"key" > :key AND :at IS NOT NULL' : `("${order}", "key") > (:at, :key)`,
      ...(state === 'due' ? [`"state" IN ('pending', 'held') AND "due_at" <= :now`] : []),
      // The list is what tells that the index has all of them.
      ...(state === 'pending' || state === 'held' ? [`"state" IN ('pending', 'held') AND "state" = '${state}'`] : []),
      ...(state === 'done' || state === 'failed' ? [`"state" IN ('done', 'failed') AND "state" = '${state}'`] : []),
      ...(kind === undefined ? [] : ['"kind" = :kind']),
    ];
    const sql = `SELECT ${SUMMARY} FROM ${this.#name} WHERE ${conditions.join(' AND ')} ORDER BY ${order === 'key' ? '' : `"${order}", `}"key" LIMIT :limit`;
    const parameters = {
      ':at': at,
      ':key': key,
      ':limit': limit + 1,
      ...(state === 'due' ? { ':now': now } : {}),
      ...(kind === undefined ? {} : { ':kind': kind }),
    };
    return this.#prepare(sql).all(parameters).map(summaryOf);
  }

  /** @returns How many it removed. */
  sweep(limit: number, now: number): number {
    // The epoch as in `purge`: the next record of the key begins above it.
    const over = `SELECT "key" FROM ${this.#name} WHERE "state" IN ('done', 'failed') AND "keep_until" <= :now AND "epoch" < :epoch
      UNION ALL SELECT "key" FROM ${this.#name} WHERE "state" IN ('pending', 'held') AND "due_at" <= :now AND "keep_until" <= :now AND "epoch" < :epoch
      LIMIT :limit`;
    return Number(
      this.#prepare(`DELETE FROM ${this.#name} WHERE "key" IN (${over})`).run({ ':now': now, ':epoch': firstEpoch(now), ':limit': limit }).changes,
    );
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

const COLUMNS: readonly { readonly name: string; readonly of: (record: ClaimRecord) => string | number | Uint8Array }[] = [
  { name: 'key', of: (record) => record.key },
  { name: 'kind', of: (record) => record.kind },
  { name: 'state', of: (record) => record.state },
  { name: 'token', of: (record) => record.token },
  { name: 'epoch', of: (record) => record.epoch },
  { name: 'due_at', of: (record) => record.dueAt },
  { name: 'keep_until', of: (record) => record.keepUntil },
  { name: 'fingerprint', of: (record) => record.fingerprint },
  { name: 'seq', of: (record) => record.seq },
  { name: 'version', of: (record) => record.version },
  { name: 'failures', of: (record) => record.failures },
  { name: 'interruptions', of: (record) => record.interruptions },
  { name: 'stalls', of: (record) => record.stalls },
  { name: 'result', of: (record) => record.result },
  { name: 'data', of: (record) => record.data },
];
const SUMMARY = COLUMNS.slice(0, -2)
  .map(({ name }) => `"${name}"`)
  .join(', ');
const UNREAD = new Uint8Array();
