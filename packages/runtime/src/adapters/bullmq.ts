import { createLifecycle } from '../create-lifecycle.ts';
import type { Lifecycle } from '../protection.ts';

export interface WorkerOptions {
  /** How the worker is called in the report. Default: the name of its queue. */
  readonly name?: string;
}

/**
 * Drains a BullMQ worker with the process. At SIGTERM it stops fetching jobs, and finishes what it runs; BullMQ may bring in one more that comes at that
 * very moment, which is treated like the others. A job that cannot finish goes back to the head of
 * its queue before the process ends, so that another worker has it at once: neither stalled until its lock expires, nor failed, and no attempt is used up.
 * Then its `signal` (the third argument of the processor) is aborted.
 *
 * Leave `worker.close()` to this, and do not call it with `true`: that abandons running jobs, and after a `close()` it does nothing at all.
 *
 * @example
 * const worker = new Worker('orders', processor, { connection });
 * protectWorker(worker);
 */
export function protectWorker(worker: BullWorker, options: WorkerOptions = {}): Lifecycle {
  const life = createLifecycle();
  const name = options.name ?? worker.name;
  const running = new RunningJobs(worker, () => handle.changed());
  let closed: Promise<void> | undefined;
  const handle = life.consumer(name, {
    stop() {
      // It ends the blocking fetch, waits for the jobs that run (their locks are renewed meanwhile), and only then closes its connections.
      // A worker that was woken in this very moment still takes the job: what woke it is off the queue already and would wake nobody else, so that the
      // job would lie there until some worker's own wait ends, seconds later. Pausing first would not spare it that.
      closed = worker.close();
      // Should it fail, `drained` hears of it.
      closed.catch(() => {});
    },
    drained: () => closed,
    handBack: () => running.handBack(),
    running: () => running.names(),
  });
  return life;
}

/** The part of BullMQ's `Worker` that is used, in versions 5 and 6. */
export interface BullWorker {
  readonly name: string;
  close(): Promise<void>;
  cancelJob?(jobId: string, reason?: string): boolean;
  on(event: 'active' | 'completed', listener: (job: BullJob) => void): unknown;
  on(event: 'failed', listener: (job: BullJob | undefined) => void): unknown;
}

/** The part of BullMQ's `Job` that is used. */
export interface BullJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly token?: string | undefined;
  moveToWait(token?: string): Promise<unknown>;
}

/** The jobs that a worker has taken and not ended. */
class RunningJobs {
  readonly #worker: BullWorker;
  /** By lock token: a worker reuses one for the next job, so that jobs which ended without an event (delayed, waiting for children) do not stay. */
  readonly #jobs = new Map<string, BullJob>();

  constructor(worker: BullWorker, changed: () => void) {
    this.#worker = worker;
    worker.on('active', (job) => {
      if (job.token !== undefined) this.#jobs.set(job.token, job);
      changed();
    });
    const ended = (job: BullJob | undefined): void => {
      if (job?.token !== undefined && this.#jobs.get(job.token)?.id === job.id) this.#jobs.delete(job.token);
      changed();
    };
    worker.on('completed', ended);
    worker.on('failed', ended);
  }

  names(): readonly string[] {
    return [...this.#jobs.values()].map(nameOf);
  }

  /** @returns The names of those that are back in the queue. */
  async handBack(): Promise<readonly string[]> {
    const handedBack = await Promise.all([...this.#jobs].map(([token, job]) => this.#handBackOne(token, job)));
    return handedBack.filter((name) => name !== undefined);
  }

  async #handBackOne(token: string, job: BullJob): Promise<string | undefined> {
    try {
      // Before the processor is told: what it throws then would count as a failure of the job, for good if it has but one attempt.
      await job.moveToWait(token);
    } catch (error) {
      // The lock is not ours any more: the job ended in this very moment, or long ago.
      if (isRefused(error)) {
        this.#jobs.delete(token);
        return undefined;
      }
      throw error;
    }
    this.#jobs.delete(token);
    if (job.id !== undefined) this.#cancel(job.id);
    return nameOf(job);
  }

  #cancel(id: string): void {
    // BullMQ knows by this name that the job is where it belongs, when the processor throws the reason on.
    const reason = Object.assign(new Error('The process is stopping, and the job was handed back to its queue.'), { name: 'WaitingError' });
    // Declared as text, it is passed to `AbortController.abort` as it is.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.#worker.cancelJob?.(id, reason as unknown as string);
  }
}

function nameOf(job: BullJob): string {
  return `${job.name} ${job.id ?? ''}`.trim();
}

/** A negative code is the answer of BullMQ's script, not a fault of the connection. */
function isRefused(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number' && error.code < 0;
}
