import { SpotproofError } from '@spotproof/core';

export interface SqliteSchemaOptions {
  /** Default: `spotproof_claims`. */
  readonly table?: string;
}

/** The statements that make the table of claims, for those who keep their schema in files of their own. The store runs them by itself when it opens. */
export function sqliteSchema({ table = DEFAULT_TABLE }: SqliteSchemaOptions = {}): string {
  return `${sqliteMigrations(table)
    .flatMap(({ statements }) => statements)
    .join(';\n\n')};\n`;
}

interface Migration {
  /** The layout that the table has afterwards. */
  readonly layout: number;
  readonly statements: readonly string[];
}

/** In order. Append only: a table that somebody has made is never made in another way. */
export function sqliteMigrations(table: string): readonly Migration[] {
  const name = quoted(table);
  return [
    {
      layout: 1,
      statements: [
        `CREATE TABLE IF NOT EXISTS ${name} (
  "key" TEXT NOT NULL PRIMARY KEY,
  "kind" TEXT NOT NULL,
  "state" TEXT NOT NULL CHECK ("state" IN ('pending', 'held', 'done', 'failed')),
  "token" TEXT NOT NULL,
  "epoch" INTEGER NOT NULL,
  "due_at" INTEGER NOT NULL,
  "keep_until" INTEGER NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "seq" INTEGER NOT NULL,
  "version" INTEGER NOT NULL,
  "failures" INTEGER NOT NULL,
  "interruptions" INTEGER NOT NULL,
  "stalls" INTEGER NOT NULL,
  "result" BLOB NOT NULL,
  "data" BLOB NOT NULL
) STRICT`,
        // Each record is in one of the two: what waits or is worked on, by when it may be claimed; what is settled, by when it may be removed.
        `CREATE INDEX IF NOT EXISTS ${quoted(`${table}_open`)} ON ${name} ("due_at", "key") WHERE "state" IN ('pending', 'held')`,
        `CREATE INDEX IF NOT EXISTS ${quoted(`${table}_settled`)} ON ${name} ("keep_until", "key") WHERE "state" IN ('done', 'failed')`,
      ],
    },
  ];
}

/** As SQL writes a name: any text but NUL may be one. */
export function quoted(name: string): string {
  if (name === '' || name.includes('\0') || !name.isWellFormed())
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `The name of a table must be a text that is not empty and has no NUL, got ${JSON.stringify(name)}.`,
    );
  return `"${name.replaceAll('"', '""')}"`;
}

export const DEFAULT_TABLE = 'spotproof_claims';
