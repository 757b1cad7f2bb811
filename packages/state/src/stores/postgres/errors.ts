import { SpotproofError, isSpotproofError } from '@spotproof/core';

/** Says what an error of the server or of the connection to it means, and what to do. */
export function postgresError(error: unknown): SpotproofError {
  if (isSpotproofError(error)) return error;
  // Of a name with several addresses, Node tells no more than the code.
  const message = error instanceof Error ? error.message || String('code' in error ? error.code : error.name) : String(error);
  const sqlState = sqlStateOf(error);
  const known = sqlState === undefined ? connectionTrouble(error, message) : (STATES[sqlState] ?? STATES[sqlState.slice(0, 2)]);
  return new SpotproofError('SPOTPROOF_STORE', `PostgreSQL: ${message}. ${known?.hint ?? 'See the cause.'}`, {
    details: sqlState === undefined ? {} : { sqlState },
    retryable: known?.retryable ?? false,
    cause: error,
  });
}

/** True when the server has answered, and so has rolled back. Otherwise nobody knows what became of a COMMIT. */
export function isRefusal(error: unknown): boolean {
  const sqlState = sqlStateOf(error);
  return sqlState !== undefined && !/^(?:08|57P0)/.test(sqlState);
}

/** Two tasks that make the same table at once: PostgreSQL lets one of them stumble over its own catalogue. */
export function isMadeByAnother(error: unknown): boolean {
  return ['23505', '42P07', 'XX000'].includes(sqlStateOf(error) ?? '');
}

interface Meaning {
  readonly hint: string;
  readonly retryable: boolean;
}

/** Five letters and digits, by which every client of PostgreSQL names what the server said. */
function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  // Those of Node, such as EPIPE, have no digit.
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

function connectionTrouble(error: unknown, message: string): Meaning | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/after calling end|has been closed by the user/i.test(message))
    return { hint: 'The pool was ended while the store is in use. End it after the work.', retryable: false };
  if (!TROUBLE.test(code) && !/connect|timeout|timed out|socket|terminat/i.test(message)) return undefined;
  return { hint: 'The server was not reached, or the connection broke before it answered.', retryable: true };
}

const TROUBLE = /^(?:E(?:CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN|NOENT|AGAIN)|CONN(?:ECTION|ECT)_\w+)$/;

/** By SQLSTATE, or by its class of two. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const STATES: Readonly<Record<string, Meaning>> = {
  '08': { hint: 'The connection broke before it answered.', retryable: true },
  '22P05': { hint: 'Put the table into a database in UTF8.', retryable: false },
  '25006': {
    hint: 'This is a replica, or a primary that was set to read-only. Claims are decided where writes are: connect to the primary, not to a reader endpoint.',
    retryable: true,
  },
  '28': { hint: 'The server does not let this user in. Correct user, password or pg_hba.conf.', retryable: false },
  '3D000': { hint: 'Make the database, or correct its name.', retryable: false },
  '3F000': { hint: 'Make the schema, or correct its name.', retryable: false },
  '40': { hint: 'Another transaction was in the way.', retryable: true },
  '42501': { hint: 'Grant this user SELECT, INSERT, UPDATE and DELETE on the table; and CREATE on the schema for migrate().', retryable: false },
  '42703': { hint: 'The table is not of the layout that this version knows. Call migrate() of the store once.', retryable: false },
  '42P01': { hint: 'Call migrate() of the store once, or run what postgresSchema() returns.', retryable: false },
  '25P02': { hint: 'A statement of the work failed in this transaction, and the work went on. Let it throw, or use a savepoint.', retryable: false },
  '26000': { hint: 'A proxy hands each statement to another connection. Create the store with { prepare: false }.', retryable: false },
  '42P05': { hint: 'A proxy hands each statement to another connection. Create the store with { prepare: false }.', retryable: false },
  '53': { hint: 'The server is out of something. Nothing was written.', retryable: true },
  '53100': { hint: "The server's disk is full. Nothing was written. Make room.", retryable: true },
  '53300': { hint: 'The server has as many connections as it takes. Lower the pools, or put a pooler between.', retryable: true },
  '55P03': { hint: 'Another transaction has held the lock for longer than lock_timeout allows.', retryable: true },
  '57014': { hint: 'The statement was cancelled, by statement_timeout or by a person.', retryable: true },
  '57': { hint: 'The server is stopping, starting, or ended this connection.', retryable: true },
  '58': { hint: 'The system that the server runs on failed.', retryable: true },
};
