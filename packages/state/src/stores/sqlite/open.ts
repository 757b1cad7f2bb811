import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import type Sqlite from 'node:sqlite';
import type { DatabaseSync } from 'node:sqlite';
import { SpotproofError } from '@spotproof/core';
import type { Durability } from '../../store.ts';
import { isBusy } from './errors.ts';
import { quoted, sqliteMigrations } from './schema.ts';

/** Opens the file for several processes at once: readers beside one writer. */
export function openFile(path: string, synchronous: 'full' | 'normal'): DatabaseSync {
  const database = new (loadSqlite().DatabaseSync)(path);
  try {
    // Two processes that open a new file in the same instant: one of them changes its mode, which does not wait by itself.
    insist(database, 'PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${synchronous}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Which file a path leads to. Without one, as for a database in memory, there is none.
 *
 * @param path As the connection says it.
 */
export function identityOf(path: string | null): string | undefined {
  if (path === null) return undefined;
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    // Also that of a folder in which nobody may look: then it is the same every time.
    return error instanceof Error && 'code' in error ? String(error.code) : 'none';
  }
}

/** Brings the table to the layout that this code knows. */
export function migrateTable(database: DatabaseSync, table: string): void {
  insist(database, 'BEGIN IMMEDIATE');
  try {
    database.exec('CREATE TABLE IF NOT EXISTS "spotproof_layouts" ("table" TEXT NOT NULL PRIMARY KEY, "layout" INTEGER NOT NULL) STRICT');
    const row = database.prepare('SELECT "layout" FROM "spotproof_layouts" WHERE "table" = ?').get(table);
    const has = typeof row?.['layout'] === 'number' ? row['layout'] : 0;
    const migrations = sqliteMigrations(table);
    const wants = migrations.at(-1)?.layout ?? 0;
    if (has > wants)
      throw new SpotproofError(
        'SPOTPROOF_STORE',
        `Table ${quoted(table)} has layout ${has}, and this version of Spotproof knows ${wants}: a newer one has changed it. Update this one.`,
        { details: { has, wants } },
      );
    for (const { statements } of migrations.filter(({ layout }) => layout > has)) for (const statement of statements) database.exec(statement);
    // Also when nothing has changed: a file that cannot be written should be refused now, not at the first claim.
    database.prepare('INSERT OR REPLACE INTO "spotproof_layouts" VALUES (?, ?)').run(table, wants);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** What becomes of a transaction that was answered, as this connection is set up. */
export function durabilityOf(database: DatabaseSync): Durability {
  if (database.location() === null) return 'none';
  const journal = pragma(database, 'journal_mode');
  const synchronous = Number(pragma(database, 'synchronous'));
  if (journal === 'off' || journal === 'memory') return 'async';
  // In a write-ahead log, NORMAL leaves the last transactions to the operating system.
  return synchronous >= (journal === 'wal' ? FULL : NORMAL) ? 'sync' : 'async';
}

export function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

/** Waits in place, as one may when a program begins. */
function insist(database: DatabaseSync, sql: string): void {
  const deadline = performance.now() + OPENING_MS;
  for (;;) {
    try {
      database.exec(sql);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
}

/** Not imported: a Node that lacks it should be told so by a sentence. */
function loadSqlite(): typeof Sqlite {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node's own module, by its name
    return createRequire(import.meta.url)('node:sqlite') as typeof Sqlite;
  } catch (cause) {
    throw new SpotproofError(
      'SPOTPROOF_PLATFORM',
      `The SQLite store needs node:sqlite, and this Node ${process.version} lacks it. Use Node 22.18 or newer, without --no-experimental-sqlite; or another store.`,
      { cause },
    );
  }
}

const NORMAL = 1;
const FULL = 2;
const OPENING_MS = 5000;
const PAUSE_MS = 5;
