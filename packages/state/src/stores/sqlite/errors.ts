import { SpotproofError, isSpotproofError } from '@spotproof/core';

/** Says what SQLite's error means and what to do. What is no error of SQLite stays what it is. */
export function sqliteError(error: unknown, file: string): unknown {
  if (isClosed(error)) return new SpotproofError('SPOTPROOF_STORE', `The store on ${file} is closed. Close it after the work.`, { cause: error });
  if (isSpotproofError(error) || !isSqliteError(error)) return error;
  // The low byte is the kind, the rest tells more about it.
  const kind = error.errcode & 0xff;
  const known = KINDS[kind];
  return new SpotproofError(
    'SPOTPROOF_STORE',
    `SQLite refused to work on ${file}: ${error.message}. ${known?.hint ?? 'See the cause.'}`,
    // A full name of the error is in SQLite's list of result codes.
    { details: { sqliteCode: error.errcode }, retryable: known?.retryable ?? false, cause: error },
  );
}

/** As Node tells it, of a connection and of what was prepared on it. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE' && /not open|finalized/.test(error.message);
}

/** True when another connection has the lock that was wanted. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && ((error.errcode & 0xff) === BUSY || (error.errcode & 0xff) === LOCKED);
}

interface SqliteError extends Error {
  /** The extended result code: https://www.sqlite.org/rescode.html */
  readonly errcode: number;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}

const BUSY = 5;
const LOCKED = 6;

const KINDS: Readonly<Record<number, { readonly hint: string; readonly retryable: boolean }>> = {
  [BUSY]: {
    hint: 'Another connection has held the lock for all the time that this one waits. Keep transactions short, or raise busyMs.',
    retryable: true,
  },
  [LOCKED]: { hint: 'Another statement of the same connection is at work. Give the store a connection of its own.', retryable: true },
  8: {
    hint: 'The file, its folder or the file system is read-only for this process. A store of claims must write: correct the rights or the path.',
    retryable: false,
  },
  10: { hint: 'The disk or the file system failed. SQLite is not for network file systems.', retryable: false },
  11: { hint: 'The file is damaged. Put a backup in its place; claims made since then are unknown to it.', retryable: false },
  13: { hint: 'The disk is full, or the database is as large as it may become. Nothing was written. Make room.', retryable: true },
  14: { hint: 'The file cannot be opened: its folder must exist, and this process must be allowed to write there.', retryable: false },
  23: { hint: 'This process may not do that.', retryable: false },
  26: { hint: 'The file is no SQLite database. Correct the path.', retryable: false },
};
