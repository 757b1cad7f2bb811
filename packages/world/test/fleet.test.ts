import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRandom, createWorld, nextWakeAt, runningCount, step, type World, type WorldEffect } from '@spotproof/world';
import { beginning, CONFIG, worldOf } from './support/drive.ts';

describe('a fleet', () => {
  it('of 20,000 tasks costs no more than a few times as much per event as one of 200', () => {
    const small = costPerEvent(200);
    const large = costPerEvent(20_000);

    // A scan over all tasks per event would be a factor of a hundred.
    assert.ok(large < small * 12, `${small.toFixed(5)} ms per event against ${large.toFixed(5)} ms`);
  });
});

/** Milliseconds of CPU per step, over 4000 interruptions one by one. */
function costPerEvent(desiredCount: number): number {
  const config = { ...CONFIG, desiredCount };
  let world: World = createWorld(worldOf(config));
  let now = 0;
  const take = (input: Parameters<typeof step>[1]): readonly WorldEffect[] => {
    const stepped = step(world, input, now);
    world = stepped.world;
    return stepped.effects;
  };
  const startAll = (effects: readonly WorldEffect[]): void => {
    for (const effect of effects) if (effect.type === 'start-task') take({ type: 'task-started', taskId: effect.taskId });
  };
  for (const input of beginning(config)) startAll(take(input));
  // The account launches twenty tasks a second.
  for (; runningCount(world) < desiredCount; now = nextWakeAt(world) ?? now) startAll(take({ type: 'tick' }));
  const chance = createRandom(1, 'test');

  const before = process.cpuUsage();
  for (let count = 0; count < 4000; count++) {
    now += chance.integer(60, 1200);
    startAll(take({ type: 'interrupt-some', count: 1 }));
  }
  const { user, system } = process.cpuUsage(before);

  assert.equal(runningCount(world), desiredCount);
  return (user + system) / 1000 / 4000;
}
