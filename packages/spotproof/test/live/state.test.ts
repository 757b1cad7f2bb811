import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { LiveEvent } from '../../src/live/events.ts';
import { emptyLive, LIVE_LIMITS, type LiveState, stepLive } from '../../src/live/state.ts';
import { Story } from '../../src/live/story.ts';
import { articleScene, simulate } from '../support/sample-run.ts';
import { storyOf } from './sample-story.ts';

describe('the state of the live page', () => {
  const story = storyOf(simulate(articleScene()));
  const whole = follow(story);

  test('a task that was taken back has its SIGTERM, its closed listener, its SIGKILL and what each node thinks of it', () => {
    const task = whole.tasks.find(({ id }) => id === 'task-1');

    assert.deepEqual(
      task?.marks.map(({ text }) => text),
      ['SIGTERM', 'listener closed', 'deregistered', 'SIGKILL'],
    );
    assert.deepEqual(
      Object.entries(task.health).map(([node, { state }]) => [node, state]),
      [
        ['a', 'draining'],
        ['b', 'draining'],
      ],
    );
    assert.equal(task.state, 'STOPPED');
  });

  test('no answer is counted twice or left out over time', () => {
    const sum = (of: (point: LiveState['series']['points'][number]) => number): number =>
      whole.series.points.reduce((total, point) => total + of(point), 0);

    assert.ok(whole.load !== undefined);
    assert.equal(
      sum(({ sent }) => sent),
      whole.load.sent,
    );
    assert.equal(
      sum(({ answered }) => answered),
      whole.load.byOutcome['answered'],
    );
    assert.equal(
      sum(({ answered, other }) => answered + other),
      whole.load.ended,
    );
  });

  test('the event list says how many were not answered well, when that was seen', () => {
    const lines = whole.lines.filter(({ who }) => who === 'load');

    assert.ok(lines.length > 0);
    for (const { text, tone } of lines) assert.deepEqual([/^not answered well: \d+ [a-z-]+/.test(text), tone], [true, 'bad'], text);
  });

  test('a snapshot and what follows it are the same as the whole story, wherever the cut is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: story.length }), (cut) => {
        const snapshot: LiveState = { ...emptyLive(), ...overTheWire(follow(story.slice(0, cut))) };

        assert.deepEqual(overTheWire(follow(story.slice(cut), snapshot)), overTheWire(whole));
      }),
      { numRuns: 25 },
    );
  });

  test('a story that has dropped its beginning still ends in the same state', () => {
    for (const most of [1, 7, 40, 10_000]) {
      const bounded = new Story(most);
      for (const event of story) bounded.add(event);
      const kept = Array.from({ length: bounded.last - bounded.dropped }, (_, index) => bounded.at(bounded.dropped + 1 + index));

      assert.equal(bounded.last, story.length);
      assert.ok(kept.length <= most && kept.every((event) => event !== undefined));
      assert.deepEqual(bounded.state, whole);
      assert.deepEqual(
        kept.reduce((state, event) => (event === undefined ? state : stepLive(state, event)), bounded.base),
        whole,
      );
      assert.deepEqual([bounded.at(bounded.dropped), bounded.at(bounded.last + 1)], [undefined, undefined]);
    }
  });

  test('a run without an end stays within the limits', () => {
    let state = emptyLive();
    state = stepLive(state, { type: 'run', at: 0, label: 'plain', command: ['x'], ratePerSecond: 1 });
    for (let second = 1; second <= 3000; second++) {
      state = stepLive(state, {
        type: 'load',
        at: second * 1000,
        sent: second * 2,
        ended: second * 2,
        byOutcome: { answered: second, refused: second },
      });
      if (second % 4 === 0)
        state = stepLive(state, { type: 'task', at: second * 1000, taskId: `task-${second}`, change: { kind: 'state', state: 'RUNNING' } });
    }

    assert.ok(state.series.points.length <= LIVE_LIMITS.points && state.tasks.length <= LIVE_LIMITS.tasks && state.lines.length <= LIVE_LIMITS.lines);
    assert.equal(
      state.series.points.reduce((total, { sent }) => total + sent, 0),
      6000,
    );
    assert.equal(state.lineCount, 1 + 3000 + 750);
  });

  test('the second run of a comparison begins empty and keeps the verdict of the first', () => {
    const state = stepLive(whole, { type: 'run', at: whole.lastAt + 1, label: 'protected', command: ['x'], ratePerSecond: 1 });

    assert.deepEqual([state.tasks.length, state.load, state.verdict, state.lines.length], [0, undefined, undefined, 1]);
    assert.deepEqual(
      state.earlier.map(({ label, verdict }) => [label, verdict.verdict]),
      [['plain', 'lost']],
    );
  });

  test("the controller's latest state and figures are kept for each unit, and a decision without them changes neither", () => {
    const decision = {
      type: 'reconcile',
      unit: 'shop/web',
      state: 'RAISING',
      previousState: 'NORMAL',
      figures: { deficit: 3, note: 'x' },
      actions: [{}],
    };
    const raised = stepLive(emptyLive(), { type: 'controller', at: 1, decision });
    const skipped = stepLive(raised, { type: 'controller', at: 2, decision: { type: 'skip', unit: 'shop/web', why: 'stale' } });

    assert.deepEqual(skipped.controller, [{ unit: 'shop/web', at: 2, state: 'RAISING', figures: { deficit: 3 }, decisions: 2 }]);
    assert.deepEqual(
      skipped.lines.map(({ text }) => text),
      ['reconcile · shop/web · NORMAL → RAISING · 1 action', 'skip · shop/web · stale'],
    );
  });

  test('an event of a type that the page does not know changes nothing', () => {
    const unknown: LiveEvent = JSON.parse('{"type":"weather","at":1}');

    assert.equal(stepLive(whole, unknown), whole);
  });
});

function follow(events: readonly LiveEvent[], from: LiveState = emptyLive()): LiveState {
  let state = from;
  for (const event of events) state = stepLive(state, event);
  return state;
}

function overTheWire(state: LiveState): LiveState {
  return JSON.parse(JSON.stringify(state));
}
