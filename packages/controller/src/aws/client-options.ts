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
}

/** For every client alike: patient with throttling. */
export function clientOptions({ region, endpoint }: ConnectOptions): ClientOptions {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 5,
    retryMode: 'adaptive',
  };
}
