import { SpotproofError } from '@spotproof/core';
import { LONGEST_KEY_BYTES, LONGEST_KIND_BYTES } from '../../protocol/index.ts';
import { quoted } from './literal.ts';

export interface MysqlSchemaOptions {
  /** 1 to 64 characters. Default: `spotproof_claims`. */
  readonly table?: string;
}

/**
 * The statements that make the table of claims, for those who keep their schema in files of their own; `migrate()` of the store runs them.
 *
 * Texts are bytes, so that no collation takes two keys for one; times are milliseconds since the epoch, so that no time zone changes them.
 */
export function mysqlSchema(options: MysqlSchemaOptions = {}): string {
  return `${mysqlMigrations(tableOf(options)).join(';\n\n')};\n`;
}

/** In order, each harmless when run again. Append only: a table that somebody has made is never made in another way. */
export function mysqlMigrations(table: string): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${quoted(table)} (
  \`key\` VARBINARY(${LONGEST_KEY_BYTES}) NOT NULL,
  \`kind\` VARBINARY(${LONGEST_KIND_BYTES}) NOT NULL,
  \`state\` VARBINARY(7) NOT NULL,
  \`token\` VARBINARY(64) NOT NULL,
  \`epoch\` BIGINT NOT NULL,
  \`due_at\` BIGINT NOT NULL,
  \`keep_until\` BIGINT NOT NULL,
  \`fingerprint\` VARBINARY(${LONGEST_FINGERPRINT_BYTES}) NOT NULL,
  \`seq\` BIGINT NOT NULL,
  \`version\` INT NOT NULL,
  \`failures\` BIGINT NOT NULL,
  \`interruptions\` BIGINT NOT NULL,
  \`stalls\` BIGINT NOT NULL,
  \`result\` LONGBLOB NOT NULL,
  \`data\` LONGBLOB NOT NULL,
  PRIMARY KEY (\`key\`),
  KEY \`open\` (\`kind\`, \`state\`, \`due_at\`),
  KEY \`settled\` (\`state\`, \`keep_until\`)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC`,
  ];
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` */
export function tableOf({ table = 'spotproof_claims' }: MysqlSchemaOptions): string {
  if (table !== '' && table.length <= LONGEST_NAME && !table.includes('\0') && table.isWellFormed()) return table;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `table must have 1 to ${LONGEST_NAME} characters and no NUL, got ${JSON.stringify(table.slice(0, 80))}.`,
  );
}

export const LONGEST_FINGERPRINT_BYTES = 255;
const LONGEST_NAME = 64;
