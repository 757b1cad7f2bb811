import { SpotproofError } from '@spotproof/core';
import type { ClaimStore, Durability, StoreCheck } from '../../store.ts';
import { checkRace } from '../check-race.ts';
import type { MysqlConnection } from './client.ts';
import { text } from './literal.ts';
import { rowsOf } from './rows.ts';
import { mysqlMigrations } from './schema.ts';
import type { Session } from './session.ts';

/** Asks the server whether it can keep what the store promises. */
export async function checkMysql<Connection extends MysqlConnection>(
  store: ClaimStore,
  { session, table }: { readonly session: Session<Connection>; readonly table: string },
): Promise<StoreCheck> {
  const variables = await variablesOf(session);
  const version = variables.get('version') ?? '';
  checkVersion(version);
  checkWritable(variables);
  checkPacket(variables, store.capabilities.maxBytes);
  await checkTable(session, table);
  await checkRace(store);
  const durability = durabilityOf(variables);
  return { version: /mariadb/i.test(version) ? version : `MySQL ${version}`, durability, warnings: warningsOf(variables, version, durability) };
}

async function variablesOf<Connection extends MysqlConnection>(session: Session<Connection>): Promise<ReadonlyMap<string, string>> {
  const rows = rowsOf(await session.ask(`SHOW VARIABLES WHERE Variable_name IN (${VARIABLES.map((name) => `'${name}'`).join(', ')})`)) ?? [];
  return new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]));
}

function checkVersion(version: string): void {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  const isMariadb = /mariadb/i.test(version);
  const isKnown = isMariadb ? Number(major) * 100 + Number(minor) >= OLDEST_MARIADB : Number(major) >= OLDEST_MYSQL;
  if (!isKnown) throw refused(`The server should be MariaDB 10.5 or newer, or MySQL 8 or newer, got ${version}`);
}

function checkWritable(variables: ReadonlyMap<string, string>): void {
  const on = READ_ONLY.filter((name) => /^(?:ON|1|NO_LOCK|NO_LOCK_NO_ADMIN)$/i.test(variables.get(name) ?? ''));
  if (on.length > 0)
    throw refused(
      `The server should take writes, but ${on.join(' and ')} is on: it is a replica, or the session is read-only. Connect to the primary`,
    );
  if (variables.get('autocommit') === 'OFF')
    throw refused(
      'Each statement should be a transaction of its own, but autocommit is off, so that no claim would ever be seen. Turn it on for this pool',
    );
  if (/SIMULTANEOUS_ASSIGNMENT/i.test(variables.get('sql_mode') ?? ''))
    throw refused('Assignments should be made one after the other, but sql_mode has SIMULTANEOUS_ASSIGNMENT. Take it out for this pool');
}

function checkPacket(variables: ReadonlyMap<string, string>, maxBytes: number): void {
  const packet = Number(variables.get('max_allowed_packet'));
  const needed = Math.ceil((maxBytes * 4) / 3) + STATEMENT_BYTES;
  if (packet >= needed) return;
  const fitting = Math.floor(((packet - STATEMENT_BYTES) * 3) / 4);
  throw refused(
    `Records of ${maxBytes} bytes need max_allowed_packet to be ${needed} or more, got ${packet}. Raise it, or set maxBytes of the store to ${Math.max(1, fitting)} or less`,
  );
}

async function checkTable<Connection extends MysqlConnection>(session: Session<Connection>, table: string): Promise<void> {
  const where = `TABLE_SCHEMA = DATABASE() AND TABLE_NAME = CONVERT(${text(table)} USING utf8)`;
  const columns = rowsOf(await session.ask(`SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type FROM information_schema.COLUMNS WHERE ${where}`)) ?? [];
  if (columns.length === 0)
    throw refused(
      `There should be a table ${table} in the database of the connection. Call migrate() of the store once, or run what mysqlSchema() returns`,
    );
  const found = new Map(columns.map((row) => [String(row['name']).toLowerCase(), String(row['type']).toLowerCase()]));
  for (const [name, type] of columnTypes(table)) {
    // MariaDB tells the width of a number as well.
    const got = found.get(name)?.replace(/^(int|bigint)\(\d+\)/, '$1');
    if (got !== type) throw refused(`Column ${name} of ${table} should be ${type}, got ${got ?? 'none'}. Compare it with what mysqlSchema() returns`);
  }
  const [row] = rowsOf(await session.ask(`SELECT ENGINE AS engine FROM information_schema.TABLES WHERE ${where}`)) ?? [];
  const engine = String(row?.['engine']);
  if (engine.toLowerCase() !== 'innodb') throw refused(`Table ${table} should be of engine InnoDB, got ${engine}. Others keep no transactions`);
}

/** As the schema says. */
function columnTypes(table: string): readonly (readonly [name: string, type: string])[] {
  const [create = ''] = mysqlMigrations(table);
  return [...create.matchAll(/^ {2}`(\w+)` (\S+) NOT NULL,$/gm)].map(([, name = '', type = '']) => [name, type.toLowerCase()]);
}

function durabilityOf(variables: ReadonlyMap<string, string>): Durability {
  // With a binary log, a crash rolls back what that log has not.
  const isLogSynced = variables.get('log_bin') !== 'ON' || variables.get('sync_binlog') === '1';
  return variables.get('innodb_flush_log_at_trx_commit') === '1' && isLogSynced ? 'sync' : 'async';
}

function warningsOf(variables: ReadonlyMap<string, string>, version: string, durability: Durability): readonly string[] {
  return [
    ...(durability === 'sync'
      ? []
      : [
          `innodb_flush_log_at_trx_commit is ${variables.get('innodb_flush_log_at_trx_commit')} and sync_binlog is ${variables.get('sync_binlog')}: a crash of the server's machine may lose about the last second of claims. Set both to 1 where that must not be.`,
        ]),
    ...(/mariadb/i.test(version) ? [] : ['The store is tested with MariaDB only. On MySQL a claim takes a second statement.']),
    ...(variables.get('wsrep_on') === 'ON'
      ? ['This is a Galera cluster, with which the store is not tested. Send all claims to one node, or set wsrep_sync_wait to 7.']
      : []),
  ];
}

function refused(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_STORE', `${sentence}.`);
}

const READ_ONLY = ['read_only', 'super_read_only', 'innodb_read_only', 'transaction_read_only', 'tx_read_only'];
const VARIABLES = [
  ...READ_ONLY,
  'version',
  'autocommit',
  'sql_mode',
  'max_allowed_packet',
  'innodb_flush_log_at_trx_commit',
  'log_bin',
  'sync_binlog',
  'wsrep_on',
];
/** Major times 100, and minor. */
const OLDEST_MARIADB = 1005;
const OLDEST_MYSQL = 8;
/** All of a statement but the bytes of the record. */
const STATEMENT_BYTES = 16_384;
