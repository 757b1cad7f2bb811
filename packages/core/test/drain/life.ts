import assert from 'node:assert/strict';
import {
  drainSchedule,
  initialDrainState,
  step,
  type DrainCause,
  type DrainEffect,
  type DrainInput,
  type DrainState,
  type TrafficBefore,
} from '@spotproof/core/drain';

export const BUSY: TrafficBefore = { requests: 64, meanGapMs: 12, lastRequestAgoMs: 5, healthChecksStopped: false };
export const NEVER_USED: TrafficBefore = { requests: 0, meanGapMs: undefined, lastRequestAgoMs: undefined, healthChecksStopped: false };

export interface BeginOptions {
  readonly budgetMs?: number;
  readonly interactive?: boolean;
  readonly cause?: DrainCause;
  readonly traffic?: TrafficBefore;
  readonly open?: number;
}

/** A drain on a clock that stops at each wake-up, as a driver would run it. Times are milliseconds after its start. */
export class Life {
  state: DrainState = initialDrainState;
  wakeAt: number | undefined;
  /** What was asked of the driver, each with its time. */
  readonly effects: { readonly at: number; readonly effect: DrainEffect }[] = [];

  begin(options: BeginOptions = {}): this {
    return this.send({
      type: 'begin',
      at: 0,
      cause: options.cause ?? 'SIGTERM',
      schedule: drainSchedule(options.budgetMs ?? 30_000, { interactive: options.interactive ?? false }),
      traffic: options.traffic ?? BUSY,
      open: options.open ?? 0,
    });
  }

  send(input: DrainInput): this {
    const result = step(this.state, input);
    this.state = result.state;
    this.wakeAt = result.wakeAt;
    for (const effect of result.effects) this.effects.push({ at: input.at, effect });
    return this;
  }

  /** Lets time pass until `at`, ticking whenever the drain asked to be woken. */
  until(at: number): this {
    while (this.wakeAt !== undefined && this.wakeAt <= at) {
      const asked = this.wakeAt;
      this.send({ type: 'tick', at: asked });
      // A wake-up that changes nothing would be asked for again at once, for ever: a rounding error once did just that.
      assert.notEqual(this.wakeAt, asked, 'a wake-up must move the drain forward');
    }
    return this.send({ type: 'tick', at });
  }

  timeOf(effect: DrainEffect): number | undefined {
    return this.effects.find((entry) => entry.effect === effect)?.at;
  }
}
