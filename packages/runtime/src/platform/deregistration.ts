import type { Clock } from '@spotproof/core';
import type { TaskIdentity } from './task-metadata.ts';

/**
 * Takes this task's own target out of its target group; called once, when a drain begins. Supplied by the app, with the AWS SDK it already has. It must
 * be safe when ECS has deregistered the target already (ELBv2 DeregisterTargets is).
 *
 * @param signal Aborted when the time for it is over; the drain never waits for it.
 * @param task Which task this is, if the metadata endpoint told.
 */
export type DeregisterTarget = (signal: AbortSignal, task: TaskIdentity | undefined) => unknown;

/** How the deregistration went. */
export interface DeregistrationReport {
  readonly outcome: 'under way' | 'done' | 'failed' | 'timed-out';
  readonly durationMs: number;
  readonly error: string | undefined;
}

/** One deregistration; a failure is a value. */
export class Deregistration {
  readonly #clock: Clock;
  readonly #startedAt: number;
  #ended: DeregistrationReport | undefined;

  constructor(options: { readonly clock: Clock; readonly deregisterTarget: DeregisterTarget; readonly task: Promise<TaskIdentity | undefined> }) {
    this.#clock = options.clock;
    this.#startedAt = options.clock.now();
    const controller = new AbortController();
    options.clock.schedule(LONGEST_MS, () => {
      this.#end('timed-out', `no answer within ${LONGEST_MS / 1_000} s`);
      controller.abort(new DOMException('The deregistration took too long.', 'TimeoutError'));
    });
    void this.#run(async () => await options.deregisterTarget(controller.signal, await options.task));
  }

  get report(): DeregistrationReport {
    return this.#ended ?? { outcome: 'under way', durationMs: Math.round(this.#clock.now() - this.#startedAt), error: undefined };
  }

  async #run(deregister: () => Promise<unknown>): Promise<void> {
    try {
      await deregister();
      this.#end('done');
    } catch (error) {
      this.#end('failed', error instanceof Error ? error.message : String(error));
    }
  }

  #end(outcome: 'done' | 'failed' | 'timed-out', error?: string): void {
    this.#ended ??= { outcome, durationMs: Math.round(this.#clock.now() - this.#startedAt), error };
  }
}

/** Below the floor of the linger: later than that it would hardly change anything. */
const LONGEST_MS = 10_000;
