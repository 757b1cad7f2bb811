import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SpotproofError } from '@spotproof/core';
import type { UnitMemory } from '@spotproof/controller';
import { Rig } from './rig.ts';

void describe('a memory that cannot be kept', () => {
  test('hides no write from the log', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());
    rig.memory.isRefusing = true;

    const failed = await rig.run(rig.controller.handle([rig.record(3)]));

    assert.deepEqual(failed, ['m-3']);
    assert.equal(rig.cloud.twin, 1);
    assert.match(JSON.stringify(rig.decisions), /"set-fallback","count":1.*"outcome":"done"/);
  });

  test('while scale-in is being suspended still lets it resume in the end', async () => {
    const rig = new Rig();
    await minutes(rig, 1);
    rig.cloud.interrupt(3, rig.clock.now());
    // It can be written until scale-in is suspended; then the process dies, or the table throttles.
    rig.cloud.afterCall = (call) => {
      if (call === 'RegisterScalableTarget true') rig.memory.isRefusing = true;
    };
    await rig.run(rig.controller.handle([rig.record(3)]));
    const suspended = rig.cloud.isScaleInSuspended;
    rig.memory.isRefusing = false;
    rig.cloud.afterCall = () => {};
    rig.cloud.addTask(103);
    await minutes(rig, 15);

    assert.deepEqual([suspended, rig.cloud.twin, rig.cloud.isScaleInSuspended], [true, 0, false]);
  });

  test('nor one whose suspension has no known outcome', async () => {
    const rig = new Rig();
    rig.cloud.interrupt(3, rig.clock.now());
    rig.cloud.afterCall = (call) => {
      if (call === 'RegisterScalableTarget true') throw new SpotproofError('SPOTPROOF_CLOUD', 'the answer never came', { retryable: true });
    };
    await rig.run(rig.controller.handle([rig.record(3)]));
    rig.cloud.afterCall = () => {};
    rig.cloud.addTask(103);
    await minutes(rig, 15);

    assert.equal(rig.cloud.isScaleInSuspended, false);
  });
});

void describe('a clock that is wrong', () => {
  for (const field of ['readAt', 'stableSince', 'releasedAt'] as const) {
    test(`of the process that kept the memory (${field}) holds nothing up, and is named`, async () => {
      const rig = new Rig();
      rig.cloud.interrupt(3, rig.clock.now());
      await rig.run(rig.controller.handle([rig.record(3)]));
      rig.cloud.addTask(103);
      await minutes(rig, 1);
      const kept = rig.memory.kept.get('web/api');
      assert.ok(kept !== undefined);
      const nextYear = rig.clock.now() + 365 * 86_400_000;
      rig.memory.kept.set('web/api', ahead(kept, field, nextYear));
      rig.decisions.length = 0;
      await minutes(rig, 15);

      assert.equal(rig.cloud.twin, 0);
      assert.equal(rig.reasons().filter((reason) => reason === 'clock-skew').length, 1);
    });
  }
});

function ahead(memory: UnitMemory, field: 'readAt' | 'stableSince' | 'releasedAt', at: number): UnitMemory {
  return field === 'readAt' ? { ...memory, readAt: at } : { ...memory, capacity: { ...memory.capacity, [field]: at } };
}

async function minutes(rig: Rig, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    rig.clock.advance(60_000);
    await rig.run(rig.controller.tick());
  }
}
