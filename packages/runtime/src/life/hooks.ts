import { SpotproofError, type Cancel, type Clock } from '@spotproof/core';

export interface HookOptions {
  /** The longest this hook may take, in milliseconds, above 0. Default: an equal share of what is left for the hooks that have not run. */
  readonly timeoutMs?: number;
  /** `release` (default): resources, in reverse order of registration. `flush`: logs and telemetry, after all resources. */
  readonly phase?: HookPhase;
  /**
   * For `flush`: milliseconds of the budget kept free for it, above 0, at the cost of everything before it; all hooks together get a quarter of the
   * budget at most. Default: what the schedule keeps for all flushing, 0.5 s at the default stop timeout.
   */
  readonly reserveMs?: number;
}

export type HookPhase = 'release' | 'flush';

export interface HookContext {
  /** Aborted when the hook's time is over. */
  readonly signal: AbortSignal;
  /** When its time is over, in milliseconds since the epoch, comparable with `Date.now()`. */
  readonly deadline: number;
  readonly remainingMs: () => number;
}

export type Hook = (context: HookContext) => unknown;

export interface HookReport {
  readonly name: string;
  readonly phase: HookPhase;
  /** `skipped`: there was no time left, or the exit was forced. */
  readonly outcome: 'done' | 'failed' | 'timed-out' | 'skipped';
  readonly durationMs: number;
  readonly error: string | undefined;
}

/** The user's hooks. One that throws, hangs or is late is reported and stops none of the others. */
export class Hooks {
  readonly #clock: Clock;
  readonly #entries: Entry[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(name: string, hook: Hook, options: HookOptions = {}): Cancel {
    if (typeof hook !== 'function')
      throw new SpotproofError('SPOTPROOF_MISUSE', `hook "${name}" must be a function, got ${typeof hook}. Pass hook(name, function).`);
    const { timeoutMs, reserveMs } = options;
    for (const [option, value] of Object.entries({ timeoutMs, reserveMs })) {
      if (value === undefined || value > 0) continue;
      throw new SpotproofError(
        'SPOTPROOF_CONFIG_INVALID',
        `${option} of hook "${name}" must be above 0, got ${value}. Leave it out for a fair share of what is left.`,
      );
    }
    if (reserveMs !== undefined && options.phase !== 'flush') {
      throw new SpotproofError(
        'SPOTPROOF_CONFIG_INVALID',
        `reserveMs of hook "${name}" needs phase: 'flush', got ${options.phase ?? 'release'}. Leave it out, or flush.`,
      );
    }
    const entry: Entry = {
      name,
      hook,
      timeoutMs,
      reserveMs: reserveMs ?? 0,
      phase: options.phase ?? 'release',
      outcome: 'waiting',
      startedAt: 0,
      durationMs: 0,
      error: undefined,
    };
    this.#entries.push(entry);
    return () => {
      if (entry.outcome === 'waiting') this.#entries.splice(this.#entries.indexOf(entry), 1);
    };
  }

  has(phase: HookPhase): boolean {
    return this.#entries.some((entry) => entry.phase === phase);
  }

  /** What the hooks want kept free for flushing. */
  get reserveMs(): number {
    let sum = 0;
    for (const { reserveMs } of this.#entries) sum += reserveMs;
    return sum;
  }

  /** Runs the hooks of one phase, the last registered first, until the instant `untilAt` of the clock. */
  async run(phase: HookPhase, untilAt: number): Promise<void> {
    const entries = this.#entries.filter((entry) => entry.phase === phase && entry.outcome === 'waiting').toReversed();
    for (const [index, entry] of entries.entries()) {
      const leftMs = untilAt - this.#clock.now();
      if (leftMs <= 0) return;
      await this.#runOne(entry, Math.min(entry.timeoutMs ?? leftMs / (entries.length - index), leftMs));
    }
  }

  report(): readonly HookReport[] {
    return this.#entries.map(({ name, phase, outcome, startedAt, durationMs, error }) => ({
      name,
      phase,
      outcome: outcome === 'waiting' ? 'skipped' : outcome === 'running' ? 'timed-out' : outcome,
      durationMs: Math.round(outcome === 'running' ? this.#clock.now() - startedAt : durationMs),
      error,
    }));
  }

  async #runOne(entry: Entry, allowedMs: number): Promise<void> {
    entry.startedAt = this.#clock.now();
    entry.outcome = 'running';
    const controller = new AbortController();
    const endsAt = entry.startedAt + allowedMs;
    const context: HookContext = {
      signal: controller.signal,
      deadline: Date.now() + allowedMs,
      remainingMs: () => Math.max(0, endsAt - this.#clock.now()),
    };
    await new Promise<void>((resolve) => {
      const finish = (outcome: 'done' | 'failed' | 'timed-out', error?: unknown): void => {
        if (entry.outcome === 'running') {
          entry.outcome = outcome;
          entry.durationMs = this.#clock.now() - entry.startedAt;
          entry.error = error === undefined ? undefined : messageOf(error);
        }
        cancel();
        resolve();
      };
      const cancel = this.#clock.schedule(allowedMs, () => {
        finish('timed-out');
        controller.abort(new SpotproofError('SPOTPROOF_HOOK_TIMEOUT', `Hook "${entry.name}" did not finish within ${Math.round(allowedMs)} ms.`));
      });
      call(entry.hook, context).then(
        () => finish('done'),
        (error: unknown) => finish('failed', error ?? 'rejected without a reason'),
      );
    });
  }
}

interface Entry {
  readonly name: string;
  readonly hook: Hook;
  readonly timeoutMs: number | undefined;
  readonly reserveMs: number;
  readonly phase: HookPhase;
  outcome: 'waiting' | 'running' | 'done' | 'failed' | 'timed-out';
  startedAt: number;
  durationMs: number;
  error: string | undefined;
}

/** A hook that throws at once is a hook that rejects. */
async function call(hook: Hook, context: HookContext): Promise<void> {
  await hook(context);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
