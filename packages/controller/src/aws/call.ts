import { SpotproofError } from '@spotproof/core';

/**
 * Makes one AWS call, named as AWS names it.
 *
 * @throws {SpotproofError} `SPOTPROOF_CLOUD`, with the operation and the error's own code in its details; retryable after throttling, a failure
 *   of the service and a broken connection, not after a refusal.
 */
export async function call<Output>(operation: string, send: () => Promise<Output>): Promise<Output> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { status, code } = facts(error);
    const retryable = status === undefined || status >= 500 || status === 429 || THROTTLED.has(code);
    const next = retryable
      ? 'It may work when it is tried again.'
      : DENIED.has(code)
        ? 'Grant it to the role that makes the call.'
        : 'Correct what it was asked for.';
    throw new SpotproofError('SPOTPROOF_CLOUD', `${operation} failed with ${code}: ${error.message.replace(/[^.!?]$/, '$&.')} ${next}`, {
      details: { operation, error: code },
      retryable,
      cause: error,
    });
  }
}

/** True for the failure that `call` made of an error of this code. */
export function isRefusal(error: unknown, code: string): boolean {
  return error instanceof SpotproofError && error.code === 'SPOTPROOF_CLOUD' && error.details['error'] === code;
}

/** An answer has a status; what has none never came. */
function facts(error: Error): { readonly status: number | undefined; readonly code: string } {
  const metadata: unknown = Object.getOwnPropertyDescriptor(error, '$metadata')?.value;
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Object.getOwnPropertyDescriptor(metadata, 'httpStatusCode')?.value : undefined;
  return { status: typeof status === 'number' ? status : undefined, code: error.name };
}

/** By their several names in several services. */
const THROTTLED: ReadonlySet<string> = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ProvisionedThroughputExceededException',
  'ConcurrentUpdateException',
]);
const DENIED: ReadonlySet<string> = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'UnrecognizedClientException']);
