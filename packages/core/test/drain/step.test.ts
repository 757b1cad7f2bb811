import { initialDrainState, step } from '@spotproof/core/drain';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUSY, Life, NEVER_USED } from './life.ts';

test('nothing happens to a process that was not told to stop', () => {
  assert.deepEqual(step(initialDrainState, { type: 'request', at: 5 }), { state: initialDrainState, effects: [], wakeAt: undefined });
  assert.deepEqual(step(initialDrainState, { type: 'destroy', at: 5 }).effects, []);
});

test('a drain with nothing open releases as soon as the listeners are closed', () => {
  const life = new Life().begin().until(12_000).send({ type: 'listeners-closed', at: 12_040 });
  life.send({ type: 'hooks-done', at: 12_050 }).send({ type: 'flush-done', at: 12_060 });

  assert.deepEqual(
    life.effects.map((entry) => entry.effect),
    ['announce', 'close-listeners', 'run-hooks', 'flush', 'exit'],
  );
  assert.equal(life.state.phase, 'exited');
});

test('open work is waited for after the listeners closed', () => {
  const life = new Life().begin({ open: 2 }).until(12_000).send({ type: 'listeners-closed', at: 12_040 });
  life.until(15_000).send({ type: 'open', at: 15_000, open: 1 });
  assert.equal(life.timeOf('run-hooks'), undefined);

  life.send({ type: 'open', at: 16_000, open: 0 });
  assert.equal(life.timeOf('run-hooks'), 16_000);
});

test('work that outlives the budget gets its stop signal 2.5 s before its socket goes', () => {
  const life = new Life().begin({ open: 1 }).until(12_000).send({ type: 'listeners-closed', at: 12_040 }).until(30_000);

  assert.equal(life.timeOf('abort-work'), 25_500);
  assert.equal(life.timeOf('destroy-sockets'), 28_000);
  assert.equal(life.timeOf('run-hooks'), 28_000);
});

test('hooks and flush that never finish do not keep the process beyond its exit time', () => {
  const life = new Life().begin().until(12_000).send({ type: 'listeners-closed', at: 12_000 }).until(30_000);

  assert.equal(life.timeOf('flush'), 29_000);
  assert.equal(life.timeOf('exit'), 29_500);
});

test('listeners that cannot be closed do not keep the process either', () => {
  const life = new Life().begin().until(30_000);

  assert.equal(life.timeOf('exit'), 29_500);
});

test('a second signal skips the linger and still waits for what is open', () => {
  const life = new Life().begin({ open: 1 }).until(1_000).send({ type: 'hasten', at: 1_000 });

  assert.equal(life.timeOf('close-listeners'), 1_000);
  assert.equal(life.state.leaveReason, 'hastened');
  assert.equal(life.state.phase, 'draining');
});

test('destroy goes straight to the exit, past hooks and flush', () => {
  const life = new Life().begin({ open: 1 }).until(1_000).send({ type: 'destroy', at: 1_000 });

  assert.deepEqual(
    life.effects.map((entry) => entry.effect),
    ['announce', 'abort-work', 'destroy-sockets', 'exit'],
  );
});

test('destroy gets through while a hook hangs', () => {
  const life = new Life().begin().until(12_000).send({ type: 'listeners-closed', at: 12_000 }).send({ type: 'destroy', at: 13_000 });

  assert.equal(life.timeOf('exit'), 13_000);
});

test('a second begin changes neither cause nor schedule', () => {
  const life = new Life().begin({ cause: 'SIGTERM' });
  const before = life.state;
  life.begin({ cause: 'SIGINT', budgetMs: 120_000 });

  assert.deepEqual(life.state, before);
});

test('a process that was frozen past every instant goes through all of them at once, in order', () => {
  const life = new Life().begin({ open: 3 }).send({ type: 'tick', at: 60_000 });

  assert.deepEqual(
    life.effects.map((entry) => entry.effect),
    ['announce', 'close-listeners', 'abort-work', 'destroy-sockets', 'run-hooks', 'flush', 'exit'],
  );
});

test('a service whose workers say late that they were busy leaves as one that knew at once', () => {
  const life = new Life().begin({ traffic: NEVER_USED }).until(200).send({ type: 'traffic', at: 200, traffic: BUSY }).until(40_000);

  assert.equal(life.timeOf('close-listeners'), 12_000);
  assert.equal(life.state.leaveReason, 'quiet');
});

test('what workers saw before the start is no evidence once a request came after it', () => {
  const letGo = { ...BUSY, lastRequestAgoMs: 20_000 };
  const life = new Life()
    .begin({ traffic: NEVER_USED })
    .until(100)
    .send({ type: 'request', at: 100 })
    .send({ type: 'traffic', at: 200, traffic: letGo })
    .until(40_000);

  assert.equal(life.timeOf('close-listeners'), 12_000);
});
