import type { Clock } from '@spotproof/core';
import type { TimeLeft } from './time-left.ts';

/** What a queue consumer, a stream reader or a scheduler can do about its end. Each part is called at most once. */
export interface ConsumerOptions {
  /** Takes no more work, called the moment a drain begins. Give back what arrives from now on. May wait for running work; rejecting counts as not stopped. */
  stop(context: ConsumerContext): unknown;
  /** Waits until nothing that was taken is running any more. Called once `stop` is over; without it, the end of `stop` is the end. */
  drained?(context: ConsumerContext): unknown;
  /** Gives back what cannot finish, so that another worker takes it now and not after a timeout. Called together with the *stop* signal. */
  handBack?(context: ConsumerContext): unknown;
  /** Names of what is running now, for `inFlight` and the report. Without it a consumer that is not done counts as one. */
  running?(): Iterable<string>;
}

export interface ConsumerContext extends TimeLeft {
  /** The *stop* signal: aborted when `handBack` is called. */
  readonly signal: AbortSignal;
}

/** What `consumer()` returns. */
export interface ConsumerHandle extends Disposable {
  /** Says that `running` may have changed, which task scale-in protection goes by. A consumer that never says so is not protected by it. */
  changed(): void;
}

export function consumerContext(time: TimeLeft, stop: AbortSignal): ConsumerContext {
  return {
    signal: stop,
    get deadline() {
      return time.deadline;
    },
    remainingMs: () => time.remainingMs(),
  };
}

export interface ConsumerReport {
  readonly name: string;
  /**
   * `drained`: all it had taken was finished. `handed-back`: what was left was given back. `lost`: neither; see `lost` of the report.
   */
  readonly outcome: 'drained' | 'handed-back' | 'lost';
  /** From the start of the drain until then. */
  readonly durationMs: number;
  /** At most 1000 names. */
  readonly handedBack: readonly string[];
  /** The first thing that failed. */
  readonly error: string | undefined;
}

interface ConsumerSurroundings {
  readonly clock: Clock;
  readonly context: ConsumerContext;
  readonly changed: () => void;
  readonly warn: (sentence: string) => void;
}

/** One consumer on its way from taking work to having none. */
export class Consumer {
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #surroundings: ConsumerSurroundings;
  #state: 'taking' | 'stopping' | 'handing back' | 'drained' | 'handed-back' | 'lost' = 'taking';
  #stoppedAt = 0;
  #endedAt = 0;
  #handedBack: readonly string[] = [];
  #error: string | undefined;

  constructor(name: string, options: ConsumerOptions, surroundings: ConsumerSurroundings) {
    this.name = name;
    this.#options = options;
    this.#surroundings = surroundings;
  }

  get isTaking(): boolean {
    return this.#state === 'taking';
  }

  get stoppedAt(): number {
    return this.#stoppedAt;
  }

  /** What it has that is not finished, as a number; one at least until it says that it is done. */
  get openCount(): number {
    if (this.#isEnded) return 0;
    const running = this.#running().length;
    return this.isTaking ? running : Math.max(1, running);
  }

  stop(): void {
    if (!this.isTaking) return;
    this.#state = 'stopping';
    this.#stoppedAt = this.#surroundings.clock.now();
    void this.#stopAndDrain();
  }

  handBack(): void {
    if (this.#state !== 'stopping') return;
    this.#state = 'handing back';
    void this.#giveBack();
  }

  /** Time is over: the names of what is left. */
  giveUp(): readonly string[] {
    if (this.#isEnded || this.isTaking) return [];
    const running = this.#running();
    this.#end('lost');
    return running.length === 0 ? [this.name] : running;
  }

  report(): ConsumerReport {
    return {
      name: this.name,
      outcome: this.#isEnded ? this.#endState() : 'lost',
      durationMs: Math.round(Math.max(0, this.#endedAt - this.#stoppedAt)),
      handedBack: this.#handedBack,
      error: this.#error,
    };
  }

  async #stopAndDrain(): Promise<void> {
    const { context } = this.#surroundings;
    try {
      await this.#options.stop(context);
      await this.#options.drained?.(context);
      if (this.#state === 'stopping' || (this.#state === 'handing back' && this.#running().length === 0)) this.#end('drained');
    } catch (error) {
      this.#note('could not be stopped', error);
      // It may go on taking work, and will not tell when it is done: nothing is won by waiting.
      this.handBack();
    }
  }

  async #giveBack(): Promise<void> {
    if (this.#options.handBack === undefined) return;
    const before = this.#running();
    try {
      const told: unknown = await this.#options.handBack(this.#surroundings.context);
      if (this.#isEnded) return;
      const left = new Set(this.#running());
      const names = Array.isArray(told) ? told.map(String) : before.filter((name) => !left.has(name));
      this.#handedBack = names.slice(0, MOST_NAMED);
      // What it could neither finish nor give back may still finish until the sockets are cut.
      if (left.size === 0) this.#end('handed-back');
    } catch (error) {
      this.#note('could not hand back its work', error);
    }
  }

  #note(what: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#error ??= message;
    this.#surroundings.warn(`Consumer "${this.name}" ${what}: ${message}`);
  }

  #running(): readonly string[] {
    try {
      return [...(this.#options.running?.() ?? [])];
    } catch (error) {
      this.#note('could not say what it is running', error);
      return [];
    }
  }

  get #isEnded(): boolean {
    return this.#state === 'drained' || this.#state === 'handed-back' || this.#state === 'lost';
  }

  #endState(): ConsumerReport['outcome'] {
    return this.#state === 'drained' || this.#state === 'handed-back' ? this.#state : 'lost';
  }

  #end(state: ConsumerReport['outcome']): void {
    if (this.#isEnded) return;
    this.#state = state;
    this.#endedAt = this.#surroundings.clock.now();
    this.#surroundings.changed();
  }
}

const MOST_NAMED = 1000;
