/** The part of BullMQ's `WorkerOptions` that is set, in versions 5 and 6. */
export interface StallOptions {
  /** How often a job may be found without its worker before it has failed for good. BullMQ's default: 1. */
  readonly maxStalledCount?: number | undefined;
  /** How long a killed worker's jobs stay locked, in milliseconds. BullMQ's default: 30,000. */
  readonly lockDuration?: number | undefined;
  /** How often each worker looks for such jobs, in milliseconds. BullMQ's default: 30,000. */
  readonly stalledInterval?: number | undefined;
}

/**
 * Options for a BullMQ worker whose process may be killed at any time. What is given stays as it is.
 *
 * By default a job whose worker is killed waits up to a minute, and has failed for good when that happens a second time, however many `attempts` it has. With
 * this it waits about 25 s at most, and may lose 20 workers. It cannot tell a job that kills its worker from one whose workers were interrupted: such a job
 * runs 21 times.
 *
 * At SIGTERM nothing is lost in the first place: `protectWorker()` of `@spotproof/runtime/bullmq` hands the jobs back.
 *
 * @example
 * const worker = new Worker('orders', processor, bullmqSpot({ connection, concurrency: 10 }));
 * protectWorker(worker);
 */
export function bullmqSpot<Options extends object>(options: Options & StallOptions): Options & { readonly [Name in keyof StallOptions]-?: number } {
  const { maxStalledCount = 20, lockDuration = 20_000, stalledInterval = 5_000 } = options;
  return { ...options, maxStalledCount, lockDuration, stalledInterval };
}
