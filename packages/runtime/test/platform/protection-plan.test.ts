import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { planProtection, UNPROTECTED, type ProtectionState } from '../../src/platform/protection-plan.ts';

const RULES = { expiresInMinutes: 10, releaseAfterMs: 15_000 };
const plan = (state: Partial<ProtectionState>, now: number) => planProtection({ ...UNPROTECTED, ...state }, now, RULES);

void describe('when to ask for scale-in protection', () => {
  test('the first work asks at once, and nothing is asked without work', () => {
    assert.equal(plan({ isBusy: true }, 0).ask, 'on');
    assert.deepEqual(plan({}, 0), { ask: undefined, wakeAt: undefined });
  });

  test('a stream of short jobs is one batch: it is let go only after a quiet while', () => {
    const idle = { confirmed: 'on', confirmedAt: 0, idleSince: 1_000 } as const;

    assert.deepEqual(plan({ confirmed: 'on', isBusy: true, confirmedAt: 0 }, 5_000), { ask: undefined, wakeAt: 300_000 });
    assert.deepEqual(plan(idle, 15_999), { ask: undefined, wakeAt: 16_000 });
    assert.equal(plan(idle, 16_000).ask, 'off');
  });

  test('long work renews when half of the time is over', () => {
    assert.equal(plan({ confirmed: 'on', isBusy: true, confirmedAt: 0 }, 300_000).ask, 'on');
  });

  test('a drain ends protection whatever is open, at once, and never asks for it again', () => {
    assert.equal(plan({ confirmed: 'on', isBusy: true, announced: true, retryAt: 99_000 }, 0).ask, 'off');
    assert.equal(plan({ confirmed: 'unknown', announced: true }, 0).ask, 'off');
    assert.equal(plan({ isBusy: true, announced: true }, 0).ask, undefined);
  });

  test('one request at a time, none before the pause after a failure is over, and none after one that is final', () => {
    assert.equal(plan({ isBusy: true, request: 'under way' }, 0).ask, undefined);
    assert.deepEqual(plan({ isBusy: true, retryAt: 5_000 }, 0), { ask: undefined, wakeAt: 5_000 });
    assert.deepEqual(plan({ isBusy: true, request: 'failed' }, 0), { ask: undefined, wakeAt: undefined });
  });

  test('for any jobs it asks at most once for each quiet while or renewal, and is off in the end', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ gapMs: fc.nat(40_000), lastsMs: fc.nat(2_000_000) }), { maxLength: 12 }), (jobs) => {
        let state: ProtectionState = UNPROTECTED;
        let asked = 0;
        const settle = (until: number, from: number): void => {
          for (let now = from; ;) {
            const { ask, wakeAt } = planProtection(state, now, RULES);
            if (ask !== undefined) {
              asked += 1;
              state = { ...state, confirmed: ask, confirmedAt: now };
            } else if (wakeAt !== undefined && wakeAt <= until) now = wakeAt;
            else return;
          }
        };
        let now = 0;
        for (const { gapMs, lastsMs } of jobs) {
          settle(now + gapMs, now);
          now += gapMs;
          state = { ...state, isBusy: true, idleSince: undefined };
          settle(now + lastsMs, now);
          assert.equal(state.confirmed, 'on');
          now += lastsMs;
          state = { ...state, isBusy: false, idleSince: now };
        }
        settle(Infinity, now);
        const renewals = now / ((RULES.expiresInMinutes * 60_000) / 2);
        assert.equal(state.confirmed, 'off');
        assert.ok(asked <= 2 * jobs.length + renewals, `asked ${asked} times`);
      }),
    );
  });
});
