import { createHash } from 'node:crypto';
import { EPOCHS_PER_MS, NEVER } from '../../protocol/index.ts';
import type { ListQuery } from '../../store.ts';
import { orderOf } from '../sql/page.ts';

/** One statement, which is one operation, and one round trip. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Statements = ReturnType<typeof statementsOf>;

/**
 * The protocol as conditions of writes. The server's clock is read where it is needed, so that two times of one write may lie a millisecond apart.
 *
 * @param table As SQL writes it.
 */
export function statementsOf(table: string) {
  const held = `"key" = $1 AND "token" = $2 AND "epoch" = $3 AND "state" = 'held'`;
  // Where there is a row, nothing is prepared for making one. Two that see none may still meet: then one of them gets no row at all, and asks again.
  const insert = (state: 'pending' | 'held', after: string, keep: string): string =>
    `INSERT INTO ${table} ("key", "kind", "state", "token", "epoch", "due_at", "keep_until", "fingerprint", "seq", "version", "failures", "interruptions", "stalls", "result", "data")
  SELECT $1::text, $2::text, '${state}', $3::text, "now" * ${EPOCHS_PER_MS}, "now" + ${after}, least(${NEVER}, "now" + ${after} + ${keep}), $4::text, 0, $5::integer, 0, 0, 0, '', $6::bytea
  FROM (SELECT ${NOW} AS "now" OFFSET 0) AS "clock" WHERE NOT EXISTS (SELECT FROM ${table} WHERE "key" = $1)
  ON CONFLICT ("key") DO NOTHING`;

  const save = (
    seq: string,
  ): string => `UPDATE ${table} SET ${EXTENDED('$4')}, "seq" = $5::bigint, "version" = $6::integer, "data" = $7::bytea, "stalls" = 0
WHERE ${held} AND ${seq} RETURNING 1 AS "held"`;

  const finish = (
    state: 'done' | 'failed',
    data: string,
    also = '',
  ): string => `UPDATE ${table} SET "state" = '${state}', ${data}"result" = $4::bytea, "due_at" = ${NOW}, "keep_until" = least(${NEVER}, ${NOW} + $5::bigint)
WHERE ${held}${also} RETURNING 1 AS "held"`;

  const release = (seq: string, also = ''): string => `UPDATE ${table} SET "state" = 'pending', "result" = $4::bytea, "due_at" = ${NOW} + $6::bigint,
  "keep_until" = greatest("keep_until", least(${NEVER}, ${NOW} + $6::bigint + $5::bigint)),
  "failures" = "failures" + $7::integer, "interruptions" = "interruptions" + $8::integer,
  "seq" = coalesce($9::bigint, "seq"), "version" = coalesce($10::integer, "version"), "data" = coalesce($11::bytea, "data"),
  "stalls" = CASE WHEN $9::bigint IS NULL THEN "stalls" ELSE 0 END
WHERE ${held} AND ($9::bigint IS NULL OR ${seq})${also} RETURNING 1 AS "held"`;

  return {
    /** $1 key, $2 kind, $3 token, $4 fingerprint, $5 version, $6 data, $7 afterMs, $8 keepMs */
    add: statement(`WITH "fresh" AS (
  ${insert('pending', '$7::bigint', '$8::bigint')}
  RETURNING 1)
SELECT true AS "added", NULL AS "token", NULL AS "fingerprint" FROM "fresh"
UNION ALL SELECT false, "token", "fingerprint" FROM ${table} WHERE "key" = $1`),

    /** The same, $7 leaseMs. A replay finds a row: nothing is locked or written for it. */
    create: statement(`WITH "fresh" AS (
  ${insert('held', '$7::bigint', '$8::bigint')}
  RETURNING "epoch")
SELECT true AS "won", "epoch", NULL::bigint AS "now", NULL AS "state", NULL AS "token", NULL::bigint AS "due_at", NULL AS "fingerprint", NULL::integer AS "version", NULL::bytea AS "result" FROM "fresh"
UNION ALL SELECT false, "epoch", ${NOW}, ${LOOK} FROM ${table} WHERE "key" = $1`),

    /** $1 key, $2 token, $3 leaseMs, $4 keepMs, $5 fingerprint or null, $6 version. One compare-and-set, or else what is there. */
    take: statement(`WITH "taken" AS (
  UPDATE ${table} SET
    "state" = 'held', "token" = $2, "due_at" = ${NOW} + $3::bigint,
    "keep_until" = greatest("keep_until", least(${NEVER}, ${NOW} + $3::bigint + $4::bigint)),
    "epoch" = CASE WHEN "token" = $2 THEN "epoch" ELSE greatest("epoch" + 1, ${NOW} * ${EPOCHS_PER_MS}) END,
    "interruptions" = "interruptions" + CASE WHEN "token" <> $2 AND "state" = 'held' THEN 1 ELSE 0 END,
    "stalls" = "stalls" + CASE WHEN "token" <> $2 AND "state" = 'held' THEN 1 ELSE 0 END
  WHERE "key" = $1 AND ($5::text IS NULL OR "fingerprint" = $5::text) AND (
    ("token" = $2 AND "state" = 'held')
    OR ("token" <> $2 AND "state" IN ('pending', 'held') AND "version" <= $6::integer AND "due_at" <= ${NOW}))
  RETURNING "epoch", "state", "token", "due_at", "fingerprint", "version", "seq", "failures", "interruptions", "stalls", "data")
SELECT true AS "won", "epoch", NULL::bigint AS "now", "state", "token", "due_at", "fingerprint", "version", NULL::bytea AS "result", "seq", "failures", "interruptions", "stalls", "data" FROM "taken"
UNION ALL SELECT false, "epoch", ${NOW}, ${LOOK}, NULL, NULL, NULL, NULL, NULL FROM ${table} WHERE "key" = $1 AND NOT EXISTS (SELECT FROM "taken")`),

    /** $1 key, $2 token, $3 epoch, $4 leaseMs */
    renew: statement(`UPDATE ${table} SET ${EXTENDED('$4')} WHERE ${held} RETURNING 1 AS "held"`),

    /** $1 key, $2 token, $3 epoch, $4 leaseMs, $5 seq, $6 version, $7 data */
    save: statement(save(`$5::bigint IN ("seq", "seq" + 1)`)),
    /** The same, but for one that is written already. */
    saveOnce: statement(save(`$5::bigint = "seq" + 1${IN_OWN_TRANSACTION}`)),

    /** $1 key, $2 token, $3 epoch, $4 result, $5 keepMs */
    done: statement(finish('done', `"data" = '', `)),
    failed: statement(finish('failed', '')),
    doneOnce: statement(finish('done', `"data" = '', `, IN_OWN_TRANSACTION)),
    failedOnce: statement(finish('failed', '', IN_OWN_TRANSACTION)),

    /** $1 key, $2 token, $3 epoch, $4 result, $5 keepMs, $6 afterMs, $7 failures, $8 interruptions, $9 seq, $10 version and $11 data, or nulls */
    release: statement(release(`$9::bigint IN ("seq", "seq" + 1)`)),
    releaseOnce: statement(release(`$9::bigint = "seq" + 1`, IN_OWN_TRANSACTION)),

    /** $1 key, $2 keepMs */
    revive:
      statement(`UPDATE ${table} SET "state" = 'pending', "due_at" = ${NOW}, "keep_until" = least(${NEVER}, ${NOW} + $2::bigint), "failures" = 0, "stalls" = 0
WHERE "key" = $1 AND "state" = 'failed' RETURNING 1 AS "revived"`),

    /** $1 key, $2 epoch or null */
    purge: statement(`DELETE FROM ${table}
WHERE "key" = $1 AND CASE WHEN $2::bigint IS NULL THEN "keep_until" <= ${NOW} ELSE "epoch" = $2::bigint END AND ${CAN_GO}
RETURNING 1 AS "purged"`),

    /** $1 key */
    read: statement(`SELECT ${SUMMARY}, "result", "data" FROM ${table} WHERE "key" = $1`),

    /** $1 key. Does not wait for who is writing it. */
    readLocked: statement(`SELECT ${SUMMARY}, ''::bytea AS "result", ''::bytea AS "data" FROM ${table} WHERE "key" = $1 FOR UPDATE NOWAIT`),

    /** $1 how many. What is claimed meanwhile is looked at again, and stays. */
    sweep: statement(`WITH "over" AS (
  (SELECT "key" FROM ${table} WHERE "state" IN ('done', 'failed') AND "keep_until" <= (SELECT ${NOW}) ORDER BY "keep_until" LIMIT $1::integer)
  UNION ALL
  (SELECT "key" FROM ${table} WHERE "state" IN ('pending', 'held') AND "due_at" <= (SELECT ${NOW}) AND "keep_until" <= (SELECT ${NOW})
    ORDER BY "due_at" LIMIT $1::integer)
  LIMIT $1::integer)
DELETE FROM ${table} WHERE "key" IN (SELECT "key" FROM "over") AND "keep_until" <= ${NOW} AND ${CAN_GO} RETURNING 1 AS "purged"`),

    /** $1 limit, $2 and $3 the position, $4 the kind where there is one. */
    list: ({ state, kind }: Pick<ListQuery, 'state' | 'kind'>): Statement => {
      const order = orderOf(state);
      const conditions = [
        order === 'key' ? `"key" > $3 AND $2::bigint IS NOT NULL` : `("${order}", "key") > ($2::bigint, $3)`,
        // Tells that the index has all of them.
        ...(state === undefined ? [] : [order === 'due_at' ? `"state" IN ('pending', 'held')` : `"state" IN ('done', 'failed')`]),
        ...(state === 'due' ? [`"due_at" <= (SELECT ${NOW})`] : []),
        ...(state === undefined || state === 'due' ? [] : [`"state" = '${state}'`]),
        ...(kind === undefined ? [] : ['"kind" = $4']),
      ];
      return statement(
        `SELECT ${SUMMARY} FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY ${order === 'key' ? '' : `"${order}", `}"key" LIMIT $1::integer`,
      );
    },
  };
}

/**
 * A transaction that cannot be taken for another one: what it is begun with changes nothing for one that writes, and is over with it. So work that has ended
 * it by itself is found out in the very statement that would have counted as its end.
 */
export const BEGIN = 'BEGIN DEFERRABLE';
const IS_OWN_TRANSACTION = "current_setting('transaction_deferrable') = 'on'";
const IN_OWN_TRANSACTION = ` AND ${IS_OWN_TRANSACTION}`;
export const IS_STILL_OPEN = `SELECT ${IS_OWN_TRANSACTION} AS "isOpen"`;

/** Named after what it says, since a connection may serve several tables. */
function statement(text: string): Statement {
  return { name: `spotproof_${createHash('sha256').update(text).digest('base64url').slice(0, 16)}`, text };
}

/** Of this instant, and not of the beginning of the transaction. Rounded to the microseconds that it has, then cut: floating point is the fastest way there. */
const NOW = "((date_part('epoch', clock_timestamp()) * 1000000)::bigint / 1000)";
const EXTENDED = (lease: string): string => `"due_at" = ${NOW} + ${lease}::bigint, "keep_until" = greatest("keep_until", ${NOW} + ${lease}::bigint)`;
/** The next record of the key begins above this one's epoch. */
const CAN_GO = `"epoch" < ${NOW} * ${EPOCHS_PER_MS}`;
const SUMMARY =
  '"key", "kind", "state", "token", "epoch", "due_at", "keep_until", "fingerprint", "seq", "version", "failures", "interruptions", "stalls"';
/** What decides a claim. The result of a record that is not settled nobody asks for. */
const LOOK = `"state", "token", "due_at", "fingerprint", "version", CASE WHEN "state" IN ('done', 'failed') THEN "result" ELSE '' END`;
