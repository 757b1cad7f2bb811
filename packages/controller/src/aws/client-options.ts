export interface ConnectOptions {
  /** Default: as the SDK finds it, in the environment or a profile. */
  readonly region?: string | undefined;
  /** Where AWS is to be found; default AWS itself. The address of `spotproof cloud`, for instance. */
  readonly endpoint?: string | undefined;
}

export interface ClientOptions {
  readonly region?: string;
  readonly endpoint?: string;
  readonly maxAttempts: number;
  readonly retryMode: string;
  readonly requestHandler: { readonly connectionTimeout: number; readonly requestTimeout: number; readonly throwOnRequestTimeout: boolean };
}

/**
 * For every client alike: patient with throttling, but not with silence. The SDK itself waits for ever for an answer that never comes, and nothing
 * would be decided for the service any more.
 *
 * @param longestAnswerMs How long the service itself may take to answer; 0 for those that answer at once.
 */
export function clientOptions({ region, endpoint }: ConnectOptions, longestAnswerMs = 0): ClientOptions {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 5,
    retryMode: 'adaptive',
    requestHandler: { connectionTimeout: CONNECTION_MS, requestTimeout: longestAnswerMs + ANSWER_MS, throwOnRequestTimeout: true },
  };
}

const CONNECTION_MS = 2_000;
const ANSWER_MS = 5_000;
