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
 * The protocol as statements, kept short: for a small record most of the server's work is to read them. An assignment sees what those before it have
 * assigned, in an INSERT as in an UPDATE.
 */
export class Statements {
  readonly #table: string;
  readonly #returning: (columns: string) => string;
  /** Not so when the work has ended its transaction, or a statement of it has: MariaDB knows, MySQL cannot be asked. */
  readonly #inTransaction: string;

  constructor(table: string, flavour: Flavour) {
    this.#table = quoted(table);
    this.#returning = {
      auto: (columns: string) => ` /*M!100500 RETURNING ${columns} */`,
      mariadb: (columns: string) => ` RETURNING ${columns}`,
      mysql: () => '',
    }[flavour];
    this.#inTransaction = { auto: ' /*M!100500 AND @@in_transaction */', mariadb: ' AND @@in_transaction', mysql: '' }[flavour];
  }

  claim({ key, token, leaseMs, keepMs, create, fingerprint, version }: Request<Claim>): string {
    const own = text(token);
    const wanted = fingerprint === undefined ? '' : `fingerprint = ${text(fingerprint)} AND `;
    const dueAt = `${NOW} + ${whole(leaseMs)}`;
    const row = valuesOf(key, { create: create ?? NOTHING, token: own, state: 'held', dueAt, keepUntil: until(dueAt, keepMs) });
    // Without `create`: the row is tried once if there is one, and not at all otherwise. Locked at once: two that have read it both would wait for each other.
    const source =
      create === undefined ? `SELECT ${row} FROM (SELECT 1 FROM ${this.#table} WHERE ${is(key)} FOR UPDATE) AS found` : `VALUES (${row})`;
    const isFree = `due_at <= VALUES(due_at) - ${whole(leaseMs)} AND state IN ('pending', 'held') AND version <= ${whole(version)}`;
    const set = [
      // No record is due before time began: so this tells the other assignments what comes of the claim. -1: the key is taken over, -2: it was won before.
      `due_at = IF(${wanted}IF(token = ${own}, state = 'held', ${isFree}), IF(token = ${own}, -2, -1), due_at)`,
      'epoch = IF(due_at = -1, GREATEST(epoch + 1, VALUES(epoch)), epoch)',
      `interruptions = interruptions + (due_at = -1 AND state = 'held')`,
      `stalls = stalls + (due_at = -1 AND state = 'held')`,
      `state = IF(due_at = -1, 'held', state)`,
      `token = IF(due_at = -1, ${own}, token)`,
      'keep_until = IF(due_at < 0, GREATEST(keep_until, VALUES(keep_until)), keep_until)',
      'due_at = IF(due_at < 0, VALUES(due_at), due_at)',
    ].join(', ');
    return `INSERT INTO ${this.#table} (${NAMES}) ${source} ON DUPLICATE KEY UPDATE ${set}${this.#returning(claimed(own))}`;
  }

  /** What `claim` answers, where the server cannot answer it at once. */
  claimed(key: string, token: string): string {
    return `SELECT ${claimed(text(token))} FROM ${this.#table} WHERE ${is(key)}`;
  }

  add({ key, token, create, afterMs, keepMs }: Request<Add>): string {
    const dueAt = `${NOW} + ${whole(afterMs)}`;
    const row = valuesOf(key, { create, token: text(token), state: 'pending', dueAt, keepUntil: until(dueAt, keepMs) });
    return `INSERT INTO ${this.#table} (${NAMES}) VALUES (${row}) ON DUPLICATE KEY UPDATE \`key\` = \`key\`${this.#returning('token, fingerprint')}`;
  }

  added(key: string): string {
    return `SELECT token, fingerprint FROM ${this.#table} WHERE ${is(key)}`;
  }

  renew({ key, token, epoch, leaseMs }: Request<Renew>): string {
    return `UPDATE ${this.#table} SET ${extended(leaseMs)}, ${MATCHED} WHERE ${isHolder(key, token, epoch)} AND state = 'held'`;
  }

  /** In a transaction, one that is written already is refused: an effect belongs to it. */
  save({ key, token, epoch, seq, version, data, leaseMs }: Request<Save>, { isInTransaction }: Where): string {
    const seqs = isInTransaction ? [seq - 1] : [seq - 1, seq];
    return `UPDATE ${this.#table} SET ${extended(leaseMs)}, seq = ${whole(seq)}, version = ${whole(version)}, data = ${bytes(data)}, stalls = 0, ${MATCHED} WHERE ${isHolder(key, token, epoch)} AND state = 'held' AND seq IN (${seqs.map(whole).join(', ')})${isInTransaction ? this.#inTransaction : ''}`;
  }

  /** Matches what is settled so already, and leaves it; not in a transaction. */
  settle({ key, token, epoch, settlement }: Request<Settle>, { isInTransaction }: Where): string {
    const held = `state = 'held'`;
    const set: [column: string, condition: string, value: string][] = [['result', held, bytes(settlement.result)]];
    let condition = held;
    let dueAt = NOW;
    let keepUntil = until(NOW, settlement.keepMs);
    if (settlement.to === 'done') set.push(['data', held, `X''`]);
    if (settlement.to === 'pending') {
      const { checkpoint, counts, afterMs } = settlement;
      dueAt = `${NOW} + ${whole(afterMs)}`;
      keepUntil = `GREATEST(keep_until, ${until(dueAt, settlement.keepMs)})`;
      if (counts !== 'nothing') set.push([`${counts}s`, held, `${counts}s + 1`]);
      if (checkpoint !== undefined) {
        const { seq, version, data } = checkpoint;
        const seqs = isInTransaction ? [seq - 1] : [seq - 1, seq];
        condition = `${held} AND seq IN (${seqs.map(whole).join(', ')})`;
        set.push(['seq', held, whole(seq)], ['version', held, whole(version)], ['data', held, bytes(data)], ['stalls', held, '0']);
      }
    }
    set.push(['due_at', held, dueAt], ['keep_until', held, keepUntil]);
    const state = isInTransaction ? `${condition}${this.#inTransaction}` : `(${condition} OR state = '${settlement.to}')`;
    return `UPDATE ${this.#table} SET ${onlyIf(set)}, ${MATCHED}, state = '${settlement.to}' WHERE ${isHolder(key, token, epoch)} AND ${state}`;
  }

  /** Whether the transaction is still open, or nothing where that cannot be known. */
  isInTransaction(): string {
    return `SELECT 1${this.#inTransaction} AS isOpen`;
  }

  revive({ key, keepMs }: Request<Revive>): string {
    return `UPDATE ${this.#table} SET due_at = ${NOW}, keep_until = ${until(NOW, keepMs)}, failures = 0, stalls = 0, ${MATCHED}, state = 'pending' WHERE ${is(key)} AND state = 'failed'`;
  }

  purge({ key, force }: Request<Purge>): string {
    const isOver = force === undefined ? `keep_until <= ${NOW}` : `epoch = ${whole(force)}`;
    return `DELETE FROM ${this.#table} WHERE ${is(key)} AND ${isOver} AND epoch < ${NOW} * ${EPOCHS_PER_MS}`;
  }

  sweep(limit: number): string {
    // With all states, so that the index serves.
    return `DELETE FROM ${this.#table} WHERE state IN ('pending', 'held', 'done', 'failed') AND keep_until <= ${NOW} AND epoch < ${NOW} * ${EPOCHS_PER_MS} LIMIT ${whole(limit)}`;
  }

  read(key: string): string {
    return `SELECT ${NAMES} FROM ${this.#table} WHERE ${is(key)}`;
  }

  /** Waits for a transaction that is writing the record at the moment. */
  settledFor({ key, token, epoch }: { readonly key: string; readonly token: string; readonly epoch: number }): string {
    return `SELECT state, seq FROM ${this.#table} WHERE ${isHolder(key, token, epoch)} FOR UPDATE`;
  }

  /** One more than the page has. Each state for itself: so the index has them in order. */
  list({ kind, state, limit }: ListQuery, { at, key }: Position): string {
    const order = orderOf(state);
    const states = state === 'due' ? (['pending', 'held'] as const) : [state];
    const parts = states.map((state) => {
      const conditions = [
        order === 'key' ? `\`key\` > ${text(key)}` : `${order} >= ${whole(at)} AND (${order} > ${whole(at)} OR \`key\` > ${text(key)})`,
        ...(kind === undefined ? [] : [`kind = ${text(kind)}`]),
        ...(state === undefined ? [] : [`state = '${state}'`]),
        ...(states.length === 1 ? [] : [`due_at <= ${NOW}`]),
      ];
      const by = order === 'key' ? '`key`' : `${order}, \`key\``;
      return `(SELECT ${SUMMARY} FROM ${this.#table} WHERE ${conditions.join(' AND ')} ORDER BY ${by} LIMIT ${whole(limit + 1)})`;
    });
    return parts.length === 1 ? parts.join('') : `${parts.join(' UNION ALL ')} ORDER BY ${order}, \`key\` LIMIT ${whole(limit + 1)}`;
  }
}

interface Where {
  readonly isInTransaction: boolean;
}

interface NewRow {
  readonly create: Create;
  readonly token: string;
  readonly state: 'pending' | 'held';
  readonly dueAt: string;
  readonly keepUntil: string;
}

/** In the order of the columns. `token` and the times are SQL already. */
function valuesOf(key: string, { create: { kind, fingerprint, version, data }, token, state, dueAt, keepUntil }: NewRow): string {
  const epoch = `${NOW} * ${EPOCHS_PER_MS}`;
  const counts = ['0', whole(version), '0', '0', '0'];
  return [text(key), text(kind), `'${state}'`, token, epoch, dueAt, keepUntil, text(fingerprint), ...counts, `X''`, bytes(data)].join(', ');
}

/**
 * What a claim is answered from, without what is large and not asked for. In two columns, since a column is described in each answer, which would be more work
 * for both sides than what is in it.
 */
function claimed(own: string): string {
  const head = `CONCAT_WS(' ', state, token = ${own}, epoch, seq, version, failures, interruptions, stalls, due_at - ${NOW}, fingerprint)`;
  const body = `CASE WHEN state IN ('done', 'failed') THEN result WHEN token = ${own} THEN data ELSE X'' END`;
  return `${head} AS head, ${body} AS body`;
}

function onlyIf(assignments: readonly (readonly [column: string, condition: string, value: string])[]): string {
  return assignments.map(([column, condition, value]) => `${column} = IF(${condition}, ${value}, ${column})`).join(', ');
}

function isHolder(key: string, token: string, epoch: number): string {
  return `${is(key)} AND token = ${text(token)} AND epoch = ${whole(epoch)}`;
}

function is(key: string): string {
  return `\`key\` = ${text(key)}`;
}

function extended(leaseMs: number): string {
  const dueAt = `${NOW} + ${whole(leaseMs)}`;
  return `due_at = ${dueAt}, keep_until = GREATEST(keep_until, ${dueAt})`;
}

function until(at: string, keepMs: number): string {
  return keepMs === Infinity ? whole(NEVER) : `LEAST(${whole(NEVER)}, ${at} + ${whole(keepMs)})`;
}

/**
 * Milliseconds since the epoch, the same whatever the time zone of the session is. `UNIX_TIMESTAMP(NOW(3))` is not: when the clocks go back, an hour has two
 * meanings there.
 */
const NOW = '(UNIX_TIMESTAMP() * 1000 + MICROSECOND(NOW(3)) DIV 1000)';

/**
 * Changes nothing, and makes the server tell as `insertId` that a row matched. The number of affected rows does not: depending on a flag of the connection it
 * leaves out rows that already were as they should be, such as those of a renewal that is sent twice in one millisecond.
 */
const MATCHED = 'epoch = LAST_INSERT_ID(epoch)';

/** Where there is none: never written. */
const NOTHING: Create = { kind: '', fingerprint: '', version: 0, data: new Uint8Array() };

/** Of these only `key` is a word of SQL. */
const COLUMNS = [
  '`key`',
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
const NAMES = COLUMNS.join(', ');
const SUMMARY = COLUMNS.slice(0, -2).join(', ');
