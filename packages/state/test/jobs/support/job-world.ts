import { SpotproofError, type ConsumerLifecycle, type ConsumerParts } from '@spotproof/core';
import { MemoryStore, runJobs, type AnyJob, type ClaimStore, type Worker, type WorkerOptions } from '../../../src/index.ts';
import { FaultyStore } from '../../support/faulty-store.ts';
import { ProcessClock, VirtualTime } from '../../support/virtual-time.ts';

/** Several workers on one store in one virtual time, each as in a process of its own. */
export class JobWorld {
  readonly time = new VirtualTime();
  readonly store = new FaultyStore(new MemoryStore({ now: this.time.now }));
  /** What happened, in order. */
  readonly log: string[] = [];
  readonly #workers = new Set<Worker>();

  worker(jobs: readonly AnyJob[], options: WorkerOptions = {}) {
    const clock = new ProcessClock(this.time.clock);
    const life = new Life();
    let isAlive = true;
    const worker = runJobs(
      whileAlive(this.store, () => isAlive),
      jobs,
      { clock, lifecycle: life, ...options },
    );
    this.#workers.add(worker);
    const kill = (): void => {
      isAlive = false;
      clock.stop();
      this.#workers.delete(worker);
    };
    return { worker, life, clock, kill };
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.time.clock.schedule(ms, resolve));
  }

  async end(): Promise<void> {
    const ends = [...this.#workers].map((worker) => worker.stop(0));
    await this.time.pass(100_000);
    await Promise.all(ends);
  }
}

/** A life cycle that a test leads by hand, with the order of the real one. */
export class Life implements ConsumerLifecycle {
  readonly #draining = new AbortController();
  readonly #stop = new AbortController();
  readonly #consumers: ConsumerParts[] = [];

  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  consumer(_name: string, parts: ConsumerParts): { changed(): void } {
    this.#consumers.push(parts);
    return { changed: () => {} };
  }

  /** Resolves when all that was taken is over or given back. */
  async drain(): Promise<void> {
    this.#draining.abort(new SpotproofError('SPOTPROOF_DRAINING', 'Drain.'));
    await Promise.all(
      this.#consumers.map(async (consumer) => {
        await consumer.stop();
        await consumer.drained?.();
      }),
    );
  }

  async giveBack(): Promise<unknown[]> {
    this.#stop.abort(new SpotproofError('SPOTPROOF_STOP', 'Stop.'));
    return await Promise.all(this.#consumers.map((consumer) => consumer.handBack?.()));
  }
}

/** What a dead process asks for is never sent. */
function whileAlive(store: ClaimStore, isAlive: () => boolean): ClaimStore {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => (isAlive() ? Reflect.apply(member, target, args) : new Promise<never>(() => {}));
    },
  });
}
