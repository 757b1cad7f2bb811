import { setTimeout as wait } from 'node:timers/promises';
import { defineJob, type Job } from '../../src/index.ts';
import type { Ledger } from './store-spec.ts';

export const LEASE_MS = 1000;

interface Input {
  readonly job: string;
  readonly steps: number;
}

/** Each step once, by the account that the job keeps in its own checkpoint. */
export function chain(effect: (job: string, step: number, key: string) => void): Job<Input, readonly number[], readonly number[]> {
  return defineJob({
    ...COMMON,
    name: 'chain',
    start: (): readonly number[] => [],
    async run(context) {
      while (context.state.length < context.input.steps) {
        const step = context.state.length;
        await context.step(
          `step-${step}`,
          async (key) => {
            effect(context.input.job, step, key);
            await wait(Math.random() * LONGEST_STEP_MS);
          },
          (_nothing, done) => [...done, step],
        );
      }
      return context.state;
    },
  });
}

/** Each step once, by the account of a database that takes effect and checkpoint in one transaction. */
export function booked(ledger: Ledger | undefined): Job<Input, number, number> {
  return defineJob({
    ...COMMON,
    name: 'booked',
    start: () => 0,
    async run(context) {
      if (ledger === undefined) throw new Error('This store has no transactions.');
      while (context.state < context.input.steps) {
        const step = context.state;
        await context.commit(
          ledger.store,
          async (tx) => {
            await ledger.write(tx, context.input.job, step);
            await wait(Math.random() * LONGEST_STEP_MS);
          },
          () => step + 1,
        );
      }
      return context.state;
    },
  });
}

// Any error but an interruption is one of the store's, which this run makes on purpose.
const COMMON = { version: 1, leaseMs: LEASE_MS, maxFailures: 10_000, maxStalls: 10_000, retryAfterMs: () => 50, keepMs: Infinity } as const;
const LONGEST_STEP_MS = 30;
