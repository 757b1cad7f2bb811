import { SpotproofError, isSpotproofError } from '@spotproof/core';

/** Says what an error of the server or of the client means and what to do. */
export function mysqlError(error: unknown): SpotproofError {
  if (isSpotproofError(error)) return error;
  const message = (error instanceof Error ? error.message || error.name : String(error)).replace(/\.$/, '');
  const code = codeOf(error);
  const known = KNOWN[code];
  // What comes from a socket has a code, but no number of a server's error.
  const isConnection = code.startsWith('E') ? !code.startsWith('ER_') : code.startsWith('PROTOCOL_');
  return new SpotproofError(
    'SPOTPROOF_STORE',
    `The database refused or did not answer: ${message}. ${known?.hint ?? (isConnection ? UNREACHABLE : 'See the cause.')}`,
    {
      details: { mysqlCode: code },
      retryable: known?.retryable ?? isConnection,
      cause: error,
    },
  );
}

/** The server has chosen this statement to end a deadlock, and has undone it. */
export function isDeadlock(error: unknown): boolean {
  return codeOf(error) === 'ER_LOCK_DEADLOCK';
}

/** Such as `ER_LOCK_DEADLOCK`, `ECONNRESET` or `PROTOCOL_CONNECTION_LOST`; '' where there is none. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  // mysql2 knows the errors of MySQL by name; those which only MariaDB has, by number.
  const named = 'errno' in error && typeof error.errno === 'number' ? OF_MARIADB[error.errno] : undefined;
  return named ?? ('code' in error && typeof error.code === 'string' ? error.code : '');
}

const UNREACHABLE = 'Look whether it runs, can be reached, and takes more connections.';
const READ_ONLY = {
  hint: 'It is read-only: a replica, or a primary that is changing places. Claims need the primary; connect to the writer endpoint.',
  retryable: true,
};
const STOPPED = { hint: 'The server ended it; what it was doing may have been done or not.', retryable: true };
const FULL = { hint: 'The disk of the server or its table space is full. Nothing was written. Make room.', retryable: true };
const CREDENTIALS = {
  hint: 'Correct the credentials, or what the user is granted: SELECT, INSERT, UPDATE and DELETE on the table of claims.',
  retryable: false,
};

const KNOWN: Readonly<Record<string, { readonly hint: string; readonly retryable: boolean }>> = {
  ER_LOCK_DEADLOCK: { hint: 'Several transactions waited for each other. Nothing was written.', retryable: true },
  ER_LOCK_WAIT_TIMEOUT: {
    hint: 'Another transaction has held the record for all the time that this one waits. Keep transactions short.',
    retryable: true,
  },
  ER_CHECKREAD: { hint: 'Another transaction has changed the record. Nothing was written.', retryable: true },
  ER_CON_COUNT_ERROR: { hint: 'The server has no connection left. Lower connectionLimit of the pools, or raise max_connections.', retryable: true },
  ER_USER_LIMIT_REACHED: { hint: 'The user has no connection left.', retryable: true },
  ER_TOO_MANY_USER_CONNECTIONS: { hint: 'The user has no connection left.', retryable: true },
  ER_SERVER_SHUTDOWN: STOPPED,
  ER_NORMAL_SHUTDOWN: STOPPED,
  ER_CONNECTION_KILLED: STOPPED,
  ER_QUERY_INTERRUPTED: STOPPED,
  ER_QUERY_TIMEOUT: STOPPED,
  ER_STATEMENT_TIMEOUT: STOPPED,
  ER_CLIENT_INTERACTION_TIMEOUT: STOPPED,
  ER_UNKNOWN_COM_ERROR: { hint: 'The node is not part of its cluster at the moment.', retryable: true },
  ER_OPTION_PREVENTS_STATEMENT: READ_ONLY,
  ER_READ_ONLY_MODE: READ_ONLY,
  ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: READ_ONLY,
  ER_DISK_FULL: FULL,
  ER_RECORD_FILE_FULL: FULL,
  ER_NO_SUCH_TABLE: { hint: 'Call migrate() of the store once, or run what mysqlSchema() returns.', retryable: false },
  ER_BAD_FIELD_ERROR: { hint: 'The table is not one of this store, or of another version of it.', retryable: false },
  ER_NET_PACKET_TOO_LARGE: { hint: 'Raise max_allowed_packet of the server, or lower maxBytes of the store.', retryable: false },
  ER_ACCESS_DENIED_ERROR: CREDENTIALS,
  ER_DBACCESS_DENIED_ERROR: CREDENTIALS,
  ER_TABLEACCESS_DENIED_ERROR: CREDENTIALS,
  // What gethostbyname says of a name that does not exist; a name that cannot be looked up now is EAI_AGAIN.
  ENOTFOUND: { hint: 'There is no host of this name.', retryable: false },
};

const OF_MARIADB: Readonly<Record<number, string>> = {
  1020: 'ER_CHECKREAD',
  1927: 'ER_CONNECTION_KILLED',
  1969: 'ER_STATEMENT_TIMEOUT',
};
