import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loopView } from '@spotproof/core/health';

void describe('a stalled event loop', () => {
  test('a loop without a late turn is live', () => {
    assert.deepEqual(loopView([], 1_000, 900), { status: 'live', blockedShare: 0, longestMs: 0 });
  });

  test('one long stall that is over, as at boot, does not condemn', () => {
    assert.equal(loopView([{ at: 14_000, lateMs: 14_000 }], 14_500, 14_010).status, 'live');
  });

  test('stalls again and again for more than half of the window condemn, and are forgotten when they have left it', () => {
    const turns = [1, 2, 3, 4].map((turn) => ({ at: turn * 5_000, lateMs: 4_500 }));

    assert.equal(loopView(turns, 20_500, 20_000).status, 'stalled');
    assert.equal(loopView(turns, 40_500, 40_000).status, 'live');
  });

  test('many short delays are load, not a stall', () => {
    const turns = Array.from({ length: 60 }, (_, index) => ({ at: index * 500, lateMs: 400 }));

    assert.equal(loopView(turns, 30_500, 30_000).status, 'live');
  });

  test('a measuring timer that is overdue counts before it has run', () => {
    assert.deepEqual(loopView([], 4_000, 22_000), { status: 'stalled', blockedShare: 0.6, longestMs: 18_000 });
  });

  test('of a stall that began before the window only the part inside counts', () => {
    assert.equal(loopView([{ at: 40_000, lateMs: 40_000 }], 60_500, 60_000).blockedShare, 1 / 3);
  });
});
