/** The part of pg-boss' constructor options that is set, in version 12. */
export interface SupervisionOptions {
  /** How often an instance considers to look after the queues, in seconds. pg-boss' default: 60. */
  readonly superviseIntervalSeconds?: number | undefined;
  /** How often some instance does look after a queue, in seconds. pg-boss' default: 60. */
  readonly monitorIntervalSeconds?: number | undefined;
}

/** The part of pg-boss' queue options that is set, in version 12. */
export interface HeartbeatOptions {
  /** After how long without a sign of life a job is taken from its worker, in seconds; pg-boss allows 10 and more. Its default: never. */
  readonly heartbeatSeconds?: number | undefined;
  /** How often a job is tried again. pg-boss' default: 2. */
  readonly retryLimit?: number | undefined;
}

/**
 * Options for `new PgBoss()` where workers may be killed at any time. What is given stays as it is. Belongs together with {@link pgBossQueueSpot}: that one
 * says when a worker counts as dead, this one how soon somebody looks.
 *
 * @example
 * const boss = new PgBoss(pgBossSpot({ connectionString }));
 * await boss.start();
 * await boss.createQueue('orders', pgBossQueueSpot({}));
 */
export function pgBossSpot<Options extends object>(
  options: Options & SupervisionOptions,
): Options & { readonly [Name in keyof SupervisionOptions]-?: number } {
  const { superviseIntervalSeconds = 5, monitorIntervalSeconds = 5 } = options;
  return { ...options, superviseIntervalSeconds, monitorIntervalSeconds };
}

/**
 * Options for `createQueue()`. What is given stays as it is.
 *
 * By default the job of a killed worker waits until it expires, 15 minutes after it began, and has failed for good when that happens a third time. With this
 * it waits about 20 s, and may be tried 20 times more, for pg-boss counts a killed worker as a failure of the job: what fails by itself is tried as often, so
 * give it a `retryDelay` and `retryBackoff`, or a `retryLimit` of your own.
 *
 * A job still expires 15 minutes after it began, however well it is: raise `expireInSeconds` for longer ones. And pg-boss lets whoever comes late complete
 * the job: what must not happen twice belongs into `once()`.
 */
export function pgBossQueueSpot<Options extends object>(
  options: Options & HeartbeatOptions,
): Options & { readonly [Name in keyof HeartbeatOptions]-?: number } {
  const { heartbeatSeconds = 10, retryLimit = 20 } = options;
  return { ...options, heartbeatSeconds, retryLimit };
}
