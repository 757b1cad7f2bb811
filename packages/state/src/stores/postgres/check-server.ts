import { SpotproofError } from '@spotproof/core';
import type { ClaimStore, Durability, StoreCheck } from '../../store.ts';
import { checkRace } from '../check-race.ts';
import { postgresError } from './errors.ts';
import { readLayout } from './migrate.ts';
import type { PostgresPool } from './pool.ts';
import { postgresMigrations, tableName, type PostgresSchemaOptions } from './schema.ts';

/** @throws SpotproofError `SPOTPROOF_STORE` */
export async function checkServer(store: ClaimStore, pool: PostgresPool, names: PostgresSchemaOptions): Promise<StoreCheck> {
  const settings = await readSettings(pool);
  const number = Number(settings['server_version_num']);
  if (!(number >= OLDEST))
    throw refused(`The store needs PostgreSQL ${OLDEST / 10_000} or newer, and this is ${settings['server_version']}.`, {
      version: settings['server_version'],
    });
  if (settings['in_recovery'] === 'true' || settings['read_only'] === 'on')
    throw refused(
      'This is a replica, or set to read-only. Claims are decided where writes are: connect to the primary, not to a reader endpoint.',
      {},
    );
  const has = await readLayout(pool, names);
  const wants = postgresMigrations(names).at(-1)?.layout ?? 0;
  if (has !== wants)
    throw refused(
      has > wants
        ? `Table ${tableName(names)} has layout ${has}, and this version of Spotproof knows ${wants}: a newer one has changed it. Update this one.`
        : `Table ${tableName(names)} is not there or not of layout ${wants}. Call migrate() of the store once, or run what postgresSchema() returns.`,
      { has, wants },
    );
  await checkRace(store);
  const { durability, warning } = durabilityOf(settings);
  return {
    version: `PostgreSQL ${settings['server_version']}`,
    durability,
    warnings: [
      ...(warning === undefined ? [] : [warning]),
      ...(settings['isolation'] === 'read committed'
        ? []
        : [
            `Transactions are ${settings['isolation']} unless told otherwise, so that claims that meet fail and are sent again, and a transaction in which work takes longer than a heartbeat, a third of the lease, never commits. Leave the store's user at read committed.`,
          ]),
      ...(ALL_LETTERS.has(settings['encoding'])
        ? []
        : [
            `The database keeps text as ${settings['encoding']}, and refuses keys with a letter that this lacks. Put the table into a database in UTF8.`,
          ]),
      ...(pool.listenerCount?.('error') === 0
        ? [
            "Nobody listens to the pool's 'error': the process will end when the server closes an idle connection, as at a failover. Add pool.on('error', …).",
          ]
        : []),
    ],
  };
}

function durabilityOf(settings: Settings): { readonly durability: Durability; readonly warning: string | undefined } {
  if (settings['fsync'] === 'off')
    return { durability: 'async', warning: 'fsync is off: the server may lose or damage its data when its machine fails. Turn it on.' };
  if (settings['synchronous_commit'] === 'off')
    return {
      durability: 'async',
      warning: 'synchronous_commit is off: a crash of the server may lose the last claims, whose work is then done again. Turn it on for this user.',
    };
  return { durability: 'sync', warning: undefined };
}

type Settings = Readonly<Record<(typeof SETTINGS)[number], string>>;

async function readSettings(pool: PostgresPool): Promise<Settings> {
  try {
    const { rows } = await pool.query({ text: ASK, values: [] });
    const [row] = rows;
    if (typeof row !== 'object' || row === null) throw refused('The server did not answer what it is.', {});
    const found = new Map(Object.entries(row));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of the list that was asked for
    return Object.fromEntries(SETTINGS.map((name) => [name, String(found.get(name))])) as Settings;
  } catch (error) {
    throw postgresError(error);
  }
}

function refused(sentence: string, details: Readonly<Record<string, string | number>>): SpotproofError {
  return new SpotproofError('SPOTPROOF_STORE', sentence, { details });
}

const SETTINGS = [
  'server_version',
  'server_version_num',
  'in_recovery',
  'read_only',
  'synchronous_commit',
  'fsync',
  'isolation',
  'encoding',
] as const;
const ASK = `SELECT current_setting('server_version') AS "server_version", current_setting('server_version_num') AS "server_version_num",
  pg_is_in_recovery()::text AS "in_recovery", current_setting('transaction_read_only') AS "read_only",
  current_setting('synchronous_commit') AS "synchronous_commit", current_setting('fsync') AS "fsync", current_setting('transaction_isolation') AS "isolation",
  current_setting('server_encoding') AS "encoding"`;
const OLDEST = 130_000;
/** The second one keeps bytes as they come. */
const ALL_LETTERS = new Set(['UTF8', 'SQL_ASCII']);
