/**
 * Every failure that Spotproof reports on purpose, by its stable code. Append only: a code is never reused for another meaning.
 * The reference page and its test are made from this table.
 */
export const ERROR_CODES = {
  SPOTPROOF_CONFIG_INVALID: 'An option, an environment value or a file is missing, malformed or out of range.',
  SPOTPROOF_MISUSE: 'A function was called in a way or at a time that cannot work.',
  SPOTPROOF_HOOK_TIMEOUT: 'A shutdown hook did not finish within its deadline.',
  SPOTPROOF_DRAINING: 'The process is draining: this work should wrap up.',
  SPOTPROOF_STOP: 'The stop timeout is nearly over: this work must stop now.',
  SPOTPROOF_APP_FAILED: 'The command under test could not be started, exited early, or never listened.',
  SPOTPROOF_PLATFORM: 'The operating system lacks or refused something that this needs.',
  SPOTPROOF_INTERNAL: 'A part of Spotproof itself failed.',
  SPOTPROOF_CLOUD: 'AWS refused a call, or could not be reached.',
  SPOTPROOF_STORE: 'The store of claims refused a call, could not be reached, or is not set up for what it is used for.',
  SPOTPROOF_CLAIM_LOST: 'Somebody else has the key now, or this attempt is over: what it was about to write was not written.',
  SPOTPROOF_CLAIM_BUSY: 'Somebody else is at work on this key.',
  SPOTPROOF_KEY_REUSED: 'The key was used before, with another input.',
  SPOTPROOF_NOT_STORABLE: 'A value cannot be stored: no bytes stand for it, or too many.',
  SPOTPROOF_WORK_FAILED: 'The work under this key has failed for good, and is not tried again.',
  SPOTPROOF_INTERRUPTED: 'The process is stopping: this work was handed over to another one.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export type ErrorDetail = string | number | boolean | null;

export interface SpotproofErrorOptions {
  /** Facts about this one failure: JSON scalars only, never a secret. */
  readonly details?: Readonly<Record<string, ErrorDetail>>;
  /** True when the same call may succeed later without any change. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

const BRAND = Symbol.for('spotproof.error');

/**
 * The one error class. Compare `code`, never the message, and prefer {@link isSpotproofError} to `instanceof`:
 * two copies of this package may live in one process.
 */
export class SpotproofError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, ErrorDetail>>;
  readonly retryable: boolean;

  /** @param message What was expected, what came, and the next step. */
  constructor(code: ErrorCode, message: string, options: SpotproofErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }

  toJSON(): {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: Readonly<Record<string, ErrorDetail>>;
    readonly retryable: boolean;
  } {
    return { code: this.code, message: this.message, details: this.details, retryable: this.retryable };
  }
}
Object.defineProperty(SpotproofError.prototype, 'name', { value: 'SpotproofError' });
Object.defineProperty(SpotproofError.prototype, BRAND, { value: true });

/** True for an error of any copy of this package, and of this `code` where one is given. */
export function isSpotproofError(value: unknown, code?: ErrorCode): value is SpotproofError {
  return typeof value === 'object' && value !== null && BRAND in value && (code === undefined || ('code' in value && value.code === code));
}
