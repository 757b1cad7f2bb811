import { DRAIN_PHASES, drainSchedule, type DrainInput } from '@spotproof/core/drain';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Life } from './life.ts';

const cause = fc.constantFrom('SIGTERM', 'SIGINT', 'manual', 'fatal-error');
const traffic = fc.record({
  requests: fc.nat(64),
  meanGapMs: fc.option(fc.double({ min: 0, max: 60_000, noNaN: true }), { nil: undefined }),
  lastRequestAgoMs: fc.option(fc.double({ min: 0, max: 600_000, noNaN: true }), { nil: undefined }),
  healthChecksStopped: fc.boolean(),
});

/** Anything that can happen, in any order, with the time since the thing before it. */
const happening = fc.record({
  gapMs: fc.oneof(fc.nat(50), fc.nat(5_000), fc.nat(40_000)),
  input: fc.oneof(
    fc.record({ type: fc.constantFrom('hasten', 'request', 'listeners-closed', 'hooks-done', 'flush-done', 'tick', 'destroy') }),
    fc.record({ type: fc.constant('open'), open: fc.nat(3) }),
    fc.record({ type: fc.constant('begin'), cause, traffic, open: fc.nat(3), budgetMs: fc.constantFrom(2_000, 30_000, 120_000) }),
  ),
});

/** Runs a history, woken or not at the times the drain asked for, and gives the phase after each input. */
function live(history: readonly { gapMs: number; input: { type: string } }[], woken: boolean): { life: Life; phases: string[]; causes: unknown[] } {
  const life = new Life();
  const phases: string[] = [];
  const causes: unknown[] = [];
  let at = 1_000_000.1;
  for (const { gapMs, input } of history) {
    at += gapMs;
    if (woken) life.until(at - gapMs / 1_000);
    const schedule = 'budgetMs' in input ? { schedule: drainSchedule(Number(input.budgetMs)) } : {};
    // The generator makes exactly the shapes of DrainInput, but for the schedule that is added here.
    life.send({ ...input, ...schedule, at } as DrainInput);
    phases.push(life.state.phase);
    causes.push(life.state.cause);
  }
  return { life, phases, causes };
}

test('whatever happens, phases only move forward', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), fc.boolean(), (history, woken) => {
      const order = live(history, woken).phases.map((phase) => DRAIN_PHASES.findIndex((name) => name === phase));
      for (const [index, rank] of order.entries()) assert.ok(rank >= (order[index - 1] ?? 0));
    }),
  );
});

test('whatever happens, the first cause is kept', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), fc.boolean(), (history, woken) => {
      const known = live(history, woken).causes.filter((value) => value !== undefined);
      assert.ok(new Set(known).size <= 1);
    }),
  );
});

test('whatever happens, no effect is asked for twice', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), fc.boolean(), (history, woken) => {
      const effects = live(history, woken).life.effects.map((entry) => entry.effect);
      assert.equal(new Set(effects).size, effects.length);
    }),
  );
});

test('whatever happens, a drain that is woken when it asked to be exits within its budget', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (history) => {
      const { life } = live(history, true);
      const { startedAt, schedule } = life.state;
      if (startedAt === undefined || schedule === undefined) return;

      life.until(startedAt + schedule.exitMs);

      assert.equal(life.state.phase, 'exited');
      assert.ok((life.timeOf('exit') ?? Infinity) <= startedAt + schedule.exitMs || life.effects.at(-1)?.effect === 'exit');
    }),
  );
});

test('whatever happens, work is told to stop before its sockets are destroyed', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), fc.boolean(), (history, woken) => {
      const effects = live(history, woken).life.effects.map((entry) => entry.effect);
      if (effects.includes('destroy-sockets')) assert.ok(effects.indexOf('abort-work') < effects.indexOf('destroy-sockets'));
    }),
  );
});

test('whatever happens, no new request is turned away before the linger is over, and it is not over within the floor unless told or let go', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 40 }), (history) => {
      const { life } = live(history, true);
      const left = life.timeOf('close-listeners');
      const { startedAt, schedule, leaveReason } = life.state;
      if (left === undefined || startedAt === undefined || schedule === undefined) return;
      if (leaveReason === 'quiet') assert.ok(left - startedAt >= schedule.floorMs);
      if (leaveReason === 'released') assert.ok(left - startedAt >= Math.min(3_000, schedule.lingerCapMs));
    }),
  );
});
