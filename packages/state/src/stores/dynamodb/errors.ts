import { SpotproofError, isSpotproofError } from '@spotproof/core';

/** What the SDK threw, as Spotproof's error. */
export function storeError(error: unknown, table: string): SpotproofError {
  if (isSpotproofError(error)) return error;
  const name = error instanceof Error ? error.name : 'Error';
  const message = error instanceof Error ? error.message : String(error);
  if (name === 'ValidationException' && /item size/i.test(message)) {
    return new SpotproofError('SPOTPROOF_NOT_STORABLE', `DynamoDB takes 400 KB for a whole item: ${message}. Store less, or give a blob store.`, {
      cause: error,
    });
  }
  const known = MEANINGS.get(name);
  const retryable = known?.retryable ?? !isOfClient(error);
  const advice = known?.advice ?? (retryable ? 'Whether the call was done is not known; sending it again is safe.' : 'Nothing was written.');
  return new SpotproofError('SPOTPROOF_STORE', `DynamoDB, table ${table}: ${name}: ${message}. ${advice}`, {
    retryable,
    details: { error: name },
    cause: error,
  });
}

/** The SDK says of each error of the service whose fault it is; what has no such word never got there, or got no answer. */
function isOfClient(error: unknown): boolean {
  return typeof error === 'object' && error !== null && '$fault' in error && error.$fault === 'client';
}

interface Meaning {
  readonly retryable: boolean;
  readonly advice: string;
}

const SLOWER: Meaning = { retryable: true, advice: 'Nothing was written. Give the table more capacity, or ask less often.' };

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['ProvisionedThroughputExceededException', SLOWER],
  ['ThrottlingException', SLOWER],
  ['RequestLimitExceeded', SLOWER],
  ['ReplicatedWriteConflictException', { retryable: true, advice: 'Another region wrote to the item. Claims belong to one region.' }],
  ['TransactionConflictException', { retryable: true, advice: 'A transaction writes to the item just now.' }],
  ['TransactionInProgressException', { retryable: true, advice: 'The same transaction is under way.' }],
  ['ResourceNotFoundException', { retryable: false, advice: 'Create it as dynamodbTable() says, in the region and account of the client.' }],
  [
    'AccessDeniedException',
    { retryable: false, advice: 'Allow GetItem, PutItem, UpdateItem, DeleteItem, Query and Scan on the table and its index.' },
  ],
  ['CredentialsProviderError', { retryable: true, advice: 'The client found no credentials: does the task have a role?' }],
]);
