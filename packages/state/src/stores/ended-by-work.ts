import { SpotproofError } from '@spotproof/core';

/** What the work wrote before that is not the store's to take back; nothing of it counts as done. */
export function endedByWork(): SpotproofError {
  return new SpotproofError(
    'SPOTPROOF_MISUSE',
    'The work ended the transaction that it was given. Leave COMMIT and ROLLBACK to the store, and what commits by itself out of it.',
  );
}
