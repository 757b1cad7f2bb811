import { SpotproofError, silentLogger, type Logger } from '@spotproof/core';
import { checkText } from '../check-request.ts';
import type { HeldClaim } from '../claim/held-claim.ts';
import { takeClaim } from '../claim/take-claim.ts';
import type { ClaimStore } from '../store.ts';

/** The part of graphile-worker's events that is used, in version 0.17 and newer: an `EventEmitter` that its `run()` is given as well. */
export interface PoolEvents {
  on(event: 'pool:create' | 'pool:release', listener: (event: { readonly workerPool: { readonly id: string } }) => void): unknown;
}

/** The part of graphile-worker's `WorkerUtils` that is used. */
export interface Unlocker {
  forceUnlockWorkers(workerIds: string[]): Promise<void>;
}

export interface WatchOptions {
  /** Given to `run({ events })` too, afterwards. */
  readonly events: PoolEvents;
  /** Of `makeWorkerUtils()`, for the same database and schema as `run()`. */
  readonly utils: Unlocker;
  /** Tells this database and schema from others whose workers share the store. At most 100 bytes. Default: `default`. */
  readonly scope?: string;
  /** After how long without a sign of life a process counts as dead, in milliseconds, 1,000 to 86,400,000. Default 20,000. */
  readonly leaseMs?: number;
  /** How often each process looks for dead ones, in milliseconds, 100 to 3,600,000. Default 5,000. */
  readonly pollMs?: number;
  /**
   * This process was taken for dead and its jobs are free for others, such as after its event loop was blocked for longer than a lease. Stop the runner:
   * graphile-worker lets whoever comes late complete a job.
   */
  readonly lost?: (poolId: string) => void;
  readonly logger?: Logger;
}

/** Made by {@link watchWorkers}. */
export interface WorkerWatch extends AsyncDisposable {
  /** Looks no more. To be called when the runner has stopped. */
  stop(): Promise<void>;
}

/**
 * Frees the jobs of killed graphile-worker processes. Left to itself, graphile-worker does so four hours after they were taken. With this, each process that
 * runs holds a lease; whoever sees one that has ended unlocks what that process had, within about 25 s.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * const events = new EventEmitter();
 * const watch = watchWorkers(store, { events, utils });
 * const runner = await run({ ...options, events });
 * await runner.promise;
 * await watch.stop();
 */
export function watchWorkers(store: ClaimStore, options: WatchOptions): WorkerWatch {
  const { scope = 'default', leaseMs = 20_000, pollMs = 5_000 } = options;
  checkText('scope', scope, LONGEST_SCOPE_BYTES);
  checkNumber('leaseMs', leaseMs, { least: 1000, most: 86_400_000 });
  checkNumber('pollMs', pollMs, { least: 100, most: 3_600_000 });
  return new Watch(store, { ...options, scope, leaseMs, pollMs });
}

class Watch implements WorkerWatch {
  readonly #store: ClaimStore;
  readonly #options: WatchOptions & { readonly scope: string; readonly leaseMs: number; readonly pollMs: number };
  readonly #logger: Logger;
  readonly #kind: string;
  readonly #leases = new Map<string, Promise<HeldClaim | undefined>>();
  #timer: NodeJS.Timeout;
  #look: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(store: ClaimStore, options: WatchOptions & { readonly scope: string; readonly leaseMs: number; readonly pollMs: number }) {
    this.#store = store;
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#kind = `graphile-worker:${options.scope}`;
    options.events.on('pool:create', ({ workerPool: { id } }) => this.#leases.set(id, this.#hold(id)));
    // All its jobs have ended, one way or the other.
    options.events.on('pool:release', ({ workerPool: { id } }) => void this.#release(id));
    this.#timer = this.#lookLater(0);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#look;
    await Promise.all([...this.#leases.keys()].map((id) => this.#release(id)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #hold(id: string): Promise<HeldClaim | undefined> {
    try {
      const taken = await takeClaim(this.#store, {
        ...this.#request(this.#keyOf(id)),
        create: { kind: this.#kind, fingerprint: '', version: VERSION, data: NOTHING },
      });
      if (taken.outcome !== 'won') throw new Error(`the record of this process is ${taken.outcome}`);
      const { claim } = taken;
      claim.signal.addEventListener('abort', () => {
        this.#logger.error({ worker: id, err: claim.signal.reason }, 'this process counts as dead, and others may have its jobs');
        this.#options.lost?.(id);
      });
      return claim;
    } catch (error) {
      this.#logger.error({ worker: id, err: error }, 'no lease for this process yet: should it be killed, its jobs wait for graphile-worker');
      return undefined;
    }
  }

  /** The store may have been away when a pool began. */
  async #holdAgain(): Promise<void> {
    for (const [id, holding] of this.#leases)
      if ((await holding) === undefined && !this.#isStopped && this.#leases.get(id) === holding) this.#leases.set(id, this.#hold(id));
  }

  async #release(id: string): Promise<void> {
    const holding = this.#leases.get(id);
    this.#leases.delete(id);
    const claim = await holding;
    try {
      await claim?.settle(OVER);
    } catch (error) {
      // Then somebody unlocks a process that has nothing locked.
      this.#logger.warn({ worker: id, err: error }, 'the lease of this process ends by itself');
    } finally {
      claim?.abandon();
    }
  }

  #lookLater(afterMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#look = this.#unlockDead();
    }, afterMs).unref();
  }

  async #unlockDead(): Promise<void> {
    await this.#holdAgain();
    try {
      const { records } = await this.#store.list({ kind: this.#kind, state: 'due', limit: AT_ONCE });
      for (const { key } of records) await this.#unlock(key);
    } catch (error) {
      this.#logger.warn({ err: error }, 'the dead could not be looked for');
    }
    if (!this.#isStopped) this.#timer = this.#lookLater(this.#options.pollMs * (0.75 + Math.random() / 2));
  }

  async #unlock(key: string): Promise<void> {
    const taken = await takeClaim(this.#store, { ...this.#request(key), create: undefined });
    // Another process was first, or the dead one is alive.
    if (taken.outcome !== 'won') return;
    const { claim } = taken;
    const id = key.slice(this.#keyOf('').length);
    try {
      await this.#options.utils.forceUnlockWorkers([id]);
      await claim.settle(OVER);
      this.#logger.info({ worker: id }, 'a dead process; its jobs are free');
    } finally {
      // Not unlocked: then the lease ends once more.
      claim.abandon();
    }
  }

  #request(key: string): Omit<Parameters<typeof takeClaim>[1], 'create'> {
    return { key, leaseMs: this.#options.leaseMs, keepMs: Infinity, fingerprint: undefined, version: VERSION };
  }

  #keyOf(id: string): string {
    return `${this.#kind}/${id}`;
  }
}

function checkNumber(name: string, value: unknown, { least, most }: { readonly least: number; readonly most: number }): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${name} must be a whole number from ${least} to ${most}, got ${String(value)}.`);
}

const VERSION = 1;
const NOTHING = new Uint8Array();
const OVER = { to: 'done', result: NOTHING, keepMs: 86_400_000 } as const;
const AT_ONCE = 100;
const LONGEST_SCOPE_BYTES = 100;
