import { SpotproofError, type Clock } from '@spotproof/core';
import {
  initialReadiness,
  readinessStep,
  viewReadiness,
  type CheckRule,
  type ReadinessInput,
  type ReadinessRules,
  type ReadinessState,
  type ReadinessView,
} from '@spotproof/core/health';
import { systemClock } from '../process/system-clock.ts';

/**
 * Looks whether something works. It fails when it throws, rejects, or gives `false`; everything else passes. The signal is aborted when its time is
 * over; a run that goes on regardless is not started a second time before it has ended.
 */
export type Check = (signal: AbortSignal) => unknown;

export interface CheckOptions {
  readonly check: Check;
  /** False: shown in the answer, and decides nothing. Default true. */
  readonly required?: boolean;
  /** True: all tasks depend on the same thing here, such as one database. Default false. A check that is both shared and required is warned of. */
  readonly shared?: boolean;
}

export interface ReadinessOptions {
  /** The longest a check may take, and the longest anybody waits for an answer, in milliseconds, 1 to 60 000. Default 1000: below the least timeout that an ALB health check can have (2 s). */
  readonly timeoutMs?: number;
  /** How long a result is used again, in milliseconds, 0 to 600 000. Default 1000: every balancer node asks on its own, and one run answers them all. */
  readonly cacheMs?: number;
  /** True: the answer has the text of errors. Default false, since the path is often open to the world and errors name hosts and users; the logger gets them. */
  readonly showErrors?: boolean;
}

/** The app's readiness, for `protect(server, { readiness })` or for a route of your own. */
export interface Readiness {
  readonly rules: ReadinessRules;
  readonly showErrors: boolean;
  /** Runs what is due and answers within `timeoutMs`, whatever a check does. */
  ask(): Promise<ReadinessView>;
  /** What is known now, without running anything. */
  last(): ReadinessView;
  /** Calls `listener` for each answer whose status or reasons differ from the one before. */
  whenChanged(listener: (view: ReadinessView) => void): void;
}

/**
 * Readiness from named checks. The task is *starting* until each required check has passed once, and ready while all of them pass.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for a check that is no function or an option out of range.
 *
 * @example
 * protect(server, { readiness: readiness({ migrations: () => migrated, cache: { check: (signal) => cache.ping({ signal }), required: false } }) });
 */
export function readiness(checks: Readonly<Record<string, Check | CheckOptions>>, options: ReadinessOptions = {}): Readiness {
  return new CheckedReadiness(checks, options, systemClock);
}

class CheckedReadiness implements Readiness {
  readonly rules: ReadinessRules;
  readonly showErrors: boolean;
  readonly #checks: ReadonlyMap<string, Check>;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  readonly #listeners: ((view: ReadinessView) => void)[] = [];
  #state: ReadinessState;
  #told = '';

  constructor(checks: Readonly<Record<string, Check | CheckOptions>>, options: ReadinessOptions, clock: Clock) {
    const entries = Object.entries(checks).map(([name, given]) => [name, checkOf(name, given)] as const);
    this.#clock = clock;
    this.#checks = new Map(entries.map(([name, { check }]) => [name, check]));
    this.rules = {
      checks: entries.map(([name, { required = true, shared = false }]): CheckRule => ({ name, required, shared })),
      timeoutMs: milliseconds('timeoutMs', options.timeoutMs ?? 1_000, [1, 60_000]),
      cacheMs: milliseconds('cacheMs', options.cacheMs ?? 1_000, [0, 600_000]),
    };
    this.showErrors = options.showErrors ?? false;
    this.#state = initialReadiness(this.rules);
  }

  async ask(): Promise<ReadinessView> {
    for (const name of this.#apply({ type: 'asked', at: this.#clock.now() })) void this.#run(name);
    for (;;) {
      const view = this.last();
      if (view.settlesAt === undefined) {
        this.#tell(view);
        return view;
      }
      await this.#changeOr(view.settlesAt);
    }
  }

  last(): ReadinessView {
    return viewReadiness(this.rules, this.#state, this.#clock.now());
  }

  whenChanged(listener: (view: ReadinessView) => void): void {
    this.#listeners.push(listener);
  }

  #apply(input: ReadinessInput): readonly string[] {
    const { state, run } = readinessStep(this.rules, this.#state, input);
    this.#state = state;
    return run;
  }

  /** Never rejects: a check that fails is a result. */
  async #run(name: string): Promise<void> {
    const outcome = await runCheck(this.#checks.get(name), this.rules.timeoutMs);
    this.#apply({ type: 'finished', at: this.#clock.now(), name, ...outcome });
    for (const wake of this.#waiting) wake();
  }

  async #changeOr(at: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        this.#waiting.delete(done);
        resolve();
      };
      const cancel = this.#clock.schedule(at - this.#clock.now(), done);
      this.#waiting.add(done);
    });
  }

  #tell(view: ReadinessView): void {
    // The time that a hanging check has taken so far is no news.
    const now = [view.status, ...Object.entries(view.checks).map(([name, { status }]) => `${name} ${status}`)].join();
    if (now === this.#told) return;
    this.#told = now;
    for (const listener of this.#listeners) {
      try {
        listener(view);
      } catch {
        // Somebody's logger is broken, which must not break the answer to the balancer.
      }
    }
  }
}

async function runCheck(check: Check | undefined, timeoutMs: number): Promise<{ readonly passed: boolean; readonly error?: string }> {
  try {
    const result = await check?.(AbortSignal.timeout(timeoutMs));
    return result === false ? { passed: false, error: 'the check said no' } : { passed: true };
  } catch (error) {
    return { passed: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function checkOf(name: string, given: Check | CheckOptions): CheckOptions {
  if (typeof given === 'function') return { check: given };
  if (isCheckOptions(given)) return given;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `readiness check "${name}" must be a function or { check, required, shared }, got ${given === null ? 'null' : typeof given}. Pass a function that throws when it fails.`,
    { details: { check: name } },
  );
}

function isCheckOptions(value: unknown): value is CheckOptions {
  if (typeof value !== 'object' || value === null || !('check' in value) || typeof value.check !== 'function') return false;
  // A mistyped `required` would make the check decide.
  return Object.entries(value).every(
    ([key, option]) => key === 'check' || (['required', 'shared'].includes(key) && (option === undefined || typeof option === 'boolean')),
  );
}

function milliseconds(option: string, value: unknown, [min, max]: readonly [number, number]): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `${option} of readiness() must be a number of milliseconds from ${min} to ${max}, got ${String(value)}. Correct the option or leave it out.`,
    { details: { option } },
  );
}
