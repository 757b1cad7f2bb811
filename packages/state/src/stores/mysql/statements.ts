import {
  EPOCHS_PER_MS,
  NEVER,
  type Add,
  type Claim,
  type Create,
  type Purge,
  type Renew,
  type Revive,
  type Save,
  type Settle,
} from '../../protocol/index.ts';
import type { ListQuery, Request } from '../../store.ts';
import { orderOf, type Position } from '../sql/page.ts';
import { bytes, quoted, text, whole } from './literal.ts';

/**
 * How an INSERT is asked for the row as it is afterwards. `auto`: in a comment that MariaDB runs from 10.5 on, and that MySQL takes for a comment, so that one
 * text serves both and nobody has to be asked which it is.
 */
export type Flavour = 'auto' | 'mariadb' | 'mysql';

/**
 * The protocol as statements. In an UPDATE, an assignment sees what those before it have assigned; so each is right whether or not it does: the columns that
 * conditions read come last, and a condition that reads an assigned one says the same of the old value and of the new one.
 */
export class Statements {
  readonly #table: string;
  readonly #returning: (columns: string) => string;

  constructor(table: string, flavour: Flavour) {
    this.#table = quoted(table);
    this.#returning = {
      auto: (columns: string) => ` /*M!100500 RETURNING ${columns} */`,
      mariadb: (columns: string) => ` RETURNING ${columns}`,
      mysql: () => '',
    }[flavour];
  }

  claim({ key, token, leaseMs, keepMs, create, fingerprint, version }: Request<Claim>): string {
    const own = text(token);
    const wanted = fingerprint === undefined ? '' : `${this.#of('fingerprint')} = ${text(fingerprint)} AND `;
    const isFree = `${wanted}${this.#of('token')} <> ${own} AND ${this.#of('state')} IN ('pending', 'held') AND ${this.#of('version')} <= ${whole(version)} AND ${this.#of('due_at')} <= ${NOW}`;
    const isOwn = `${wanted}${this.#of('token')} = ${own} AND ${this.#of('state')} = 'held'`;
    const dueAt = `${NOW} + ${whole(leaseMs)}`;
    const keepUntil = until(dueAt, keepMs);
    const abandoned = `${isFree} AND ${this.#of('state')} = 'held'`;
    const set = this.#set([
      ['epoch', isFree, `GREATEST(${this.#of('epoch')} + 1, ${NOW} * ${EPOCHS_PER_MS})`],
      ['interruptions', abandoned, `${this.#of('interruptions')} + 1`],
      ['stalls', abandoned, `${this.#of('stalls')} + 1`],
      ['keep_until', `(${isFree}) OR (${isOwn})`, `GREATEST(${this.#of('keep_until')}, ${keepUntil})`],
      ['state', isFree, `'held'`],
      ['token', isFree, own],
      ['due_at', `(${isFree}) OR (${isOwn})`, dueAt],
    ]);
    const returning = this.#returning(this.#claimed(own));
    if (create !== undefined)
      return `${this.#insert(key, { create, token, state: 'held', dueAt, keepUntil })} ON DUPLICATE KEY UPDATE ${set}${returning}`;
    // Finds itself or nothing, so that a key without a record stays so. Locked at once: two that have read it both would wait for each other.
    const columns = COLUMNS.map((column) => `old.\`${column}\``).join(', ');
    return `INSERT INTO ${this.#table} (${NAMES}) SELECT ${columns} FROM ${this.#table} AS old WHERE old.\`key\` = ${text(key)} FOR UPDATE ON DUPLICATE KEY UPDATE ${set}${returning}`;
  }

  /** What `claim` answers, where the server cannot answer it at once. */
  claimed(key: string, token: string): string {
    return `SELECT ${this.#claimed(text(token))} FROM ${this.#table} WHERE ${this.#is(key)}`;
  }

  add({ key, token, create, afterMs, keepMs }: Request<Add>): string {
    const dueAt = `${NOW} + ${whole(afterMs)}`;
    const insert = this.#insert(key, { create, token, state: 'pending', dueAt, keepUntil: until(dueAt, keepMs) });
    return `${insert} ON DUPLICATE KEY UPDATE ${this.#of('key')} = ${this.#of('key')}${this.#returning('`token`, `fingerprint`')}`;
  }

  added(key: string): string {
    return `SELECT \`token\`, \`fingerprint\` FROM ${this.#table} WHERE ${this.#is(key)}`;
  }

  renew({ key, token, epoch, leaseMs }: Request<Renew>): string {
    return `UPDATE ${this.#table} SET ${extended(leaseMs)}, ${MATCHED} WHERE ${this.#isHolder(key, token, epoch)} AND \`state\` = 'held'`;
  }

  /** @param seqs Of the checkpoint that the record has now. */
  save({ key, token, epoch, seq, version, data, leaseMs }: Request<Save>, seqs: readonly number[]): string {
    return `UPDATE ${this.#table} SET ${extended(leaseMs)}, \`seq\` = ${whole(seq)}, \`version\` = ${whole(version)}, \`data\` = ${bytes(data)}, \`stalls\` = 0, ${MATCHED} WHERE ${this.#isHolder(key, token, epoch)} AND \`state\` = 'held' AND \`seq\` IN (${seqs.map(whole).join(', ')})`;
  }

  /** Matches what is settled so already, and leaves it, unless `onlyHeld`. */
  settle({ key, token, epoch, settlement }: Request<Settle>, { onlyHeld }: { readonly onlyHeld: boolean }): string {
    const held = `${this.#of('state')} = 'held'`;
    const set: [column: string, condition: string, value: string][] = [['result', held, bytes(settlement.result)]];
    let condition = held;
    let dueAt = NOW;
    let keepUntil = until(NOW, settlement.keepMs);
    if (settlement.to === 'done') set.push(['data', held, `X''`]);
    if (settlement.to === 'pending') {
      const { checkpoint, counts, afterMs } = settlement;
      dueAt = `${NOW} + ${whole(afterMs)}`;
      keepUntil = `GREATEST(${this.#of('keep_until')}, ${until(dueAt, settlement.keepMs)})`;
      if (counts !== 'nothing') set.push([`${counts}s`, held, `${this.#of(`${counts}s`)} + 1`]);
      if (checkpoint !== undefined) {
        const { seq, version, data } = checkpoint;
        const seqs = onlyHeld ? [seq - 1] : [seq - 1, seq];
        condition = `${held} AND ${this.#of('seq')} IN (${seqs.map(whole).join(', ')})`;
        set.push(['seq', held, whole(seq)], ['version', held, whole(version)], ['data', held, bytes(data)], ['stalls', held, '0']);
      }
    }
    set.push(['due_at', held, dueAt], ['keep_until', held, keepUntil]);
    const state = onlyHeld ? condition : `(${condition} OR ${this.#of('state')} = '${settlement.to}')`;
    return `UPDATE ${this.#table} SET ${this.#set(set)}, ${MATCHED}, \`state\` = '${settlement.to}' WHERE ${this.#isHolder(key, token, epoch)} AND ${state}`;
  }

  revive({ key, keepMs }: Request<Revive>): string {
    return `UPDATE ${this.#table} SET \`due_at\` = ${NOW}, \`keep_until\` = ${until(NOW, keepMs)}, \`failures\` = 0, \`stalls\` = 0, ${MATCHED}, \`state\` = 'pending' WHERE ${this.#is(key)} AND \`state\` = 'failed'`;
  }

  purge({ key, force }: Request<Purge>): string {
    const isOver = force === undefined ? `\`keep_until\` <= ${NOW}` : `\`epoch\` = ${whole(force)}`;
    return `DELETE FROM ${this.#table} WHERE ${this.#is(key)} AND ${isOver} AND \`epoch\` < ${NOW} * ${EPOCHS_PER_MS}`;
  }

  sweep(limit: number): string {
    // With all states, so that the index serves.
    return `DELETE FROM ${this.#table} WHERE \`state\` IN ('pending', 'held', 'done', 'failed') AND \`keep_until\` <= ${NOW} AND \`epoch\` < ${NOW} * ${EPOCHS_PER_MS} LIMIT ${whole(limit)}`;
  }

  read(key: string): string {
    return `SELECT ${NAMES} FROM ${this.#table} WHERE ${this.#is(key)}`;
  }

  /** Waits for a transaction that is writing the record at the moment. */
  settledFor({ key, token, epoch }: { readonly key: string; readonly token: string; readonly epoch: number }): string {
    return `SELECT \`state\`, \`seq\` FROM ${this.#table} WHERE ${this.#isHolder(key, token, epoch)} FOR UPDATE`;
  }

  /** One more than the page has. Each state for itself: so the index has them in order. */
  list({ kind, state, limit }: ListQuery, { at, key }: Position): string {
    const order = orderOf(state);
    const states = state === 'due' ? (['pending', 'held'] as const) : [state];
    const parts = states.map((state) => {
      const conditions = [
        order === 'key' ? `\`key\` > ${text(key)}` : `\`${order}\` >= ${whole(at)} AND (\`${order}\` > ${whole(at)} OR \`key\` > ${text(key)})`,
        ...(kind === undefined ? [] : [`\`kind\` = ${text(kind)}`]),
        ...(state === undefined ? [] : [`\`state\` = '${state}'`]),
        ...(states.length === 1 ? [] : [`\`due_at\` <= ${NOW}`]),
      ];
      const by = order === 'key' ? '`key`' : `\`${order}\`, \`key\``;
      return `(SELECT ${SUMMARY} FROM ${this.#table} WHERE ${conditions.join(' AND ')} ORDER BY ${by} LIMIT ${whole(limit + 1)})`;
    });
    return parts.length === 1 ? parts.join('') : `${parts.join(' UNION ALL ')} ORDER BY \`${order}\`, \`key\` LIMIT ${whole(limit + 1)}`;
  }

  #insert(
    key: string,
    {
      create: { kind, fingerprint, version, data },
      token,
      state,
      dueAt,
      keepUntil,
    }: { readonly create: Create; readonly token: string; readonly state: 'pending' | 'held'; readonly dueAt: string; readonly keepUntil: string },
  ): string {
    const values: Readonly<Record<(typeof COLUMNS)[number], string>> = {
      key: text(key),
      kind: text(kind),
      state: `'${state}'`,
      token: text(token),
      epoch: `${NOW} * ${EPOCHS_PER_MS}`,
      due_at: dueAt,
      keep_until: keepUntil,
      fingerprint: text(fingerprint),
      seq: '0',
      version: whole(version),
      failures: '0',
      interruptions: '0',
      stalls: '0',
      result: `X''`,
      data: bytes(data),
    };
    return `INSERT INTO ${this.#table} (${NAMES}) VALUES (${COLUMNS.map((column) => values[column]).join(', ')})`;
  }

  /** Without what is large and not asked for. */
  #claimed(own: string): string {
    const large = `IF(\`state\` = 'held' AND \`token\` = ${own}, \`data\`, X'') AS \`data\`, IF(\`state\` IN ('done', 'failed'), \`result\`, X'') AS \`result\``;
    return `${SUMMARY}, ${large}, ${NOW} AS \`now\``;
  }

  #set(assignments: readonly (readonly [column: string, condition: string, value: string])[]): string {
    return assignments.map(([column, condition, value]) => `${this.#of(column)} = IF(${condition}, ${value}, ${this.#of(column)})`).join(', ');
  }

  #isHolder(key: string, token: string, epoch: number): string {
    return `${this.#is(key)} AND \`token\` = ${text(token)} AND \`epoch\` = ${whole(epoch)}`;
  }

  #is(key: string): string {
    return `\`key\` = ${text(key)}`;
  }

  #of(column: string): string {
    return `${this.#table}.\`${column}\``;
  }
}

function extended(leaseMs: number): string {
  const dueAt = `${NOW} + ${whole(leaseMs)}`;
  return `\`due_at\` = ${dueAt}, \`keep_until\` = GREATEST(\`keep_until\`, ${dueAt})`;
}

function until(at: string, keepMs: number): string {
  return keepMs === Infinity ? whole(NEVER) : `LEAST(${whole(NEVER)}, ${at} + ${whole(keepMs)})`;
}

/**
 * Milliseconds since the epoch: the difference of two dates in UTC, which is the same whatever the time zone of the session is. `UNIX_TIMESTAMP(NOW())` is
 * not: when the clocks go back, an hour has two meanings there.
 */
const NOW = `(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)`;

/**
 * Changes nothing, and makes the server tell as `insertId` that a row matched. The number of affected rows does not: depending on a flag of the connection it
 * leaves out rows that already were as they should be, such as those of a renewal that is sent twice in one millisecond.
 */
const MATCHED = '`epoch` = LAST_INSERT_ID(`epoch`)';

const COLUMNS = [
  'key',
  'kind',
  'state',
  'token',
  'epoch',
  'due_at',
  'keep_until',
  'fingerprint',
  'seq',
  'version',
  'failures',
  'interruptions',
  'stalls',
  'result',
  'data',
] as const;
const NAMES = COLUMNS.map((column) => `\`${column}\``).join(', ');
const SUMMARY = COLUMNS.slice(0, -2)
  .map((column) => `\`${column}\``)
  .join(', ');
