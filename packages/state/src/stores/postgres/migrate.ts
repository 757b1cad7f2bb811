import { isMadeByAnother, postgresError } from './errors.ts';
import type { PostgresPool } from './pool.ts';
import { layoutOf, postgresMigrations, tableName, type PostgresSchemaOptions } from './schema.ts';

/** Runs what the table lacks, statement by statement: each is harmless if another task has run it already or does so now. */
export async function migrateTable(pool: PostgresPool, names: PostgresSchemaOptions): Promise<void> {
  const has = await readLayout(pool, names);
  for (const { layout, statements } of postgresMigrations(names)) {
    if (layout <= has) continue;
    for (const text of statements) await runOnce(pool, text);
  }
}

/** 0 when there is no table, or one that nobody has finished. */
export async function readLayout(pool: PostgresPool, names: PostgresSchemaOptions): Promise<number> {
  try {
    const { rows } = await pool.query({
      text: `SELECT obj_description(to_regclass($1), 'pg_class') AS "comment"`,
      values: [tableName(names)],
    });
    const [row] = rows;
    return layoutOf(typeof row === 'object' && row !== null && 'comment' in row ? row.comment : undefined);
  } catch (error) {
    throw postgresError(error);
  }
}

async function runOnce(pool: PostgresPool, text: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await pool.query({ text, values: [] });
      return;
    } catch (error) {
      if (!isMadeByAnother(error) || tries === MOST_TRIES) throw postgresError(error);
    }
  }
}

const MOST_TRIES = 5;
