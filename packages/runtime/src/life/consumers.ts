import { SpotproofError, type Clock } from '@spotproof/core';
import { Consumer, type ConsumerContext, type ConsumerHandle, type ConsumerOptions, type ConsumerReport } from './consumer.ts';

/** Everything of this process that takes work from somewhere else than a listener: queues, streams, schedules. */
export class Consumers {
  readonly #clock: Clock;
  readonly #context: ConsumerContext;
  readonly #changed: () => void;
  readonly #warn: (sentence: string) => void;
  readonly #all = new Set<Consumer>();
  #asked: 'nothing' | 'stop' | 'hand back' = 'nothing';

  constructor(options: {
    readonly clock: Clock;
    readonly context: ConsumerContext;
    /** Called when what is open may have changed. */
    readonly changed: () => void;
    readonly warn: (sentence: string) => void;
  }) {
    this.#clock = options.clock;
    this.#context = options.context;
    this.#changed = options.changed;
    this.#warn = options.warn;
  }

  add(name: string, options: ConsumerOptions): ConsumerHandle {
    for (const [part, isNeeded] of [
      ['stop', true] as const,
      ['drained', false] as const,
      ['handBack', false] as const,
      ['running', false] as const,
    ]) {
      const value = options[part];
      if (typeof value === 'function' || (value === undefined && !isNeeded)) continue;
      throw new SpotproofError(
        'SPOTPROOF_MISUSE',
        `${part} of consumer "${name}" must be a function, got ${typeof value}. Pass consumer(name, { stop, drained, handBack }).`,
      );
    }
    const consumer = new Consumer(name, options, { clock: this.#clock, context: this.#context, changed: this.#changed, warn: this.#warn });
    this.#all.add(consumer);
    // One that comes late must not take work either.
    if (this.#asked !== 'nothing') consumer.stop();
    if (this.#asked === 'hand back') consumer.handBack();
    return {
      changed: () => this.#changed(),
      [Symbol.dispose]: () => {
        if (consumer.isTaking) this.#all.delete(consumer);
        this.#changed();
      },
    };
  }

  get openCount(): number {
    let count = 0;
    for (const consumer of this.#all) count += consumer.openCount;
    return count;
  }

  /** Asks all to take no more work, in the order of their registration and without waiting for any. */
  stop(): void {
    this.#asked = 'stop';
    for (const consumer of this.#all) consumer.stop();
  }

  /** Asks those that are not done to give back what they have. */
  handBack(): void {
    this.#asked = 'hand back';
    for (const consumer of this.#all) consumer.handBack();
  }

  /** Hands out all that is unfinished: nobody is going to finish it. */
  takeAll(): readonly { readonly consumer: string; readonly name: string; readonly startedAt: number }[] {
    return [...this.#all].flatMap((consumer) => consumer.giveUp().map((name) => ({ consumer: consumer.name, name, startedAt: consumer.stoppedAt })));
  }

  report(): readonly ConsumerReport[] {
    return [...this.#all].map((consumer) => consumer.report());
  }
}
