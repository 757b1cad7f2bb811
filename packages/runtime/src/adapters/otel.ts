import { DRAIN_PHASES } from '@spotproof/core/drain';
import { createLifecycle } from '../create-lifecycle.ts';
import type { HookContext } from '../life/hooks.ts';
import type { Lifecycle } from '../protection.ts';

export interface ObserveOptions {
  /** From `@opentelemetry/api`: `metrics.getMeter('app')`. */
  readonly meter: DrainMeter;
  /** Sends out what was recorded, as the last act of the process: `() => meterProvider.forceFlush()`, or the SDK's `shutdown()`. */
  flush?(context: HookContext): unknown;
  /**
   * Milliseconds of the budget that are kept free for `flush`, above 0. Default 1000. A collector that hangs costs these and nothing else: no request, and
   * no other hook.
   */
  readonly flushReserveMs?: number;
}

/**
 * Records how this process drains, as OpenTelemetry metrics, and flushes them before the exit.
 *
 * @example observeDrain({ meter: metrics.getMeter('app'), flush: () => meterProvider.forceFlush() });
 */
export function observeDrain(options: ObserveOptions): Lifecycle {
  const life = createLifecycle();
  const { meter } = options;
  const duration = meter.createHistogram(METRICS.duration.name, METRICS.duration);
  const lost = meter.createCounter(METRICS.lost.name, METRICS.lost);
  const phase = meter.createObservableGauge(METRICS.phase.name, METRICS.phase);
  let startedAt: number | undefined;
  phase.addCallback((result) => {
    result.observe(DRAIN_PHASES.indexOf(life.phase), { 'spotproof.drain.phase.name': life.phase });
  });
  life.events.on('phase', () => {
    startedAt ??= performance.now();
  });
  life.events.on('lost', ({ kind, reason }) => lost.add(1, { 'spotproof.lost.kind': kind, 'spotproof.lost.reason': reason }));
  life.hook(
    'opentelemetry',
    async (context) => {
      // Nothing is lost after this point, so the figures are final, and they must be recorded before they can be flushed.
      duration.record((performance.now() - (startedAt ?? performance.now())) / 1000);
      await options.flush?.(context);
    },
    { phase: 'flush', reserveMs: options.flushReserveMs ?? 1000 },
  );
  return life;
}

/** What is recorded. */
export const METRICS = {
  duration: {
    name: 'spotproof.drain.duration',
    unit: 's',
    description: 'From the start of the drain until everything was served and released.',
  },
  lost: {
    name: 'spotproof.drain.lost',
    unit: '{item}',
    description: 'Requests, connections and work that were given up, by kind and reason.',
  },
  phase: {
    name: 'spotproof.drain.phase',
    unit: '1',
    description: 'Where in its life the process is, as a number from 0 (serving) to 7 (exited), with the name as an attribute.',
  },
} as const;

/** The part of OpenTelemetry's `Meter` that is used. */
export interface DrainMeter {
  createHistogram(name: string, options: MetricOptions): { record(value: number): void };
  createCounter(name: string, options: MetricOptions): { add(value: number, attributes: MetricAttributes): void };
  createObservableGauge(
    name: string,
    options: MetricOptions,
  ): { addCallback(callback: (result: { observe(value: number, attributes: MetricAttributes): void }) => void): void };
}

export interface MetricOptions {
  readonly unit?: string;
  readonly description?: string;
}

export type MetricAttributes = Record<string, string>;
