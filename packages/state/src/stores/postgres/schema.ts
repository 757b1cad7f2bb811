import { SpotproofError } from '@spotproof/core';

export interface PostgresSchemaOptions {
  /** Default: the first one of the connection's `search_path`. It is not made. */
  readonly schema?: string;
  /** 48 bytes at most. Default: `spotproof_claims`. */
  readonly table?: string;
}

/** The statements that make the table of claims, for the tool that keeps your schema. `migrate()` of the store runs the same. */
export function postgresSchema(options: PostgresSchemaOptions = {}): string {
  return `${postgresMigrations(options)
    .flatMap(({ statements }) => statements)
    .join(';\n\n')};\n`;
}

interface Migration {
  /** The layout that the table has afterwards. */
  readonly layout: number;
  readonly statements: readonly string[];
}

/** In order. Append only, and each harmless when it is run again: several tasks may start at once. The comment comes last and says that all is there. */
export function postgresMigrations(options: PostgresSchemaOptions = {}): readonly Migration[] {
  const name = tableName(options);
  const { table = DEFAULT_TABLE } = options;
  return [
    {
      layout: 1,
      statements: [
        // Texts are compared byte by byte, whatever the language of the database.
        `CREATE TABLE IF NOT EXISTS ${name} (
  "key" text COLLATE "C" NOT NULL PRIMARY KEY,
  "kind" text COLLATE "C" NOT NULL,
  "state" text COLLATE "C" NOT NULL CHECK ("state" IN ('pending', 'held', 'done', 'failed')),
  "token" text COLLATE "C" NOT NULL,
  "epoch" bigint NOT NULL,
  "due_at" bigint NOT NULL,
  "keep_until" bigint NOT NULL,
  "fingerprint" text COLLATE "C" NOT NULL,
  "seq" bigint NOT NULL,
  "version" integer NOT NULL,
  "failures" integer NOT NULL,
  "interruptions" integer NOT NULL,
  "stalls" integer NOT NULL,
  "result" bytea NOT NULL,
  "data" bytea NOT NULL
)`,
        // Each record is in one of the two: what waits or is worked on, by when it may be claimed; what is settled, by when it may be removed.
        `CREATE INDEX IF NOT EXISTS ${quoted(`${table}_open`)} ON ${name} ("due_at", "key") WHERE "state" IN ('pending', 'held')`,
        `CREATE INDEX IF NOT EXISTS ${quoted(`${table}_settled`)} ON ${name} ("keep_until", "key") WHERE "state" IN ('done', 'failed')`,
        `COMMENT ON TABLE ${name} IS 'Claims of Spotproof, layout 1'`,
      ],
    },
  ];
}

/** What `COMMENT ON TABLE` says of the layout; 0 if nothing. */
export function layoutOf(comment: unknown): number {
  return typeof comment === 'string' ? Number(/, layout (\d{1,4})$/.exec(comment)?.[1] ?? 0) : 0;
}

/** As SQL writes it. */
export function tableName({ schema, table = DEFAULT_TABLE }: PostgresSchemaOptions): string {
  // PostgreSQL cuts longer names without a word, and those of the indexes are longer.
  checkName('table', table, LONGEST_TABLE_BYTES);
  if (schema === undefined) return quoted(table);
  checkName('schema', schema, LONGEST_NAME_BYTES);
  return `${quoted(schema)}.${quoted(table)}`;
}

function checkName(option: string, name: unknown, longestBytes: number): void {
  if (typeof name === 'string' && name !== '' && !name.includes('\0') && name.isWellFormed() && Buffer.byteLength(name) <= longestBytes) return;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `${option} must be a name of 1 to ${longestBytes} bytes without NUL, got ${typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : typeof name}.`,
  );
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const DEFAULT_TABLE = 'spotproof_claims';
const LONGEST_NAME_BYTES = 63;
const LONGEST_TABLE_BYTES = 48;
