import type { TestContext } from 'node:test';

/** The time of a test: it moves only when the test moves it, so a machine that stands still changes nothing. */
export interface MovedClock {
  /** Waits until `isTrue`. One millisecond goes by with each few turns of the event loop, in which sockets get on; `limitMs` of them at most. */
  until(what: string, isTrue: () => boolean, limitMs?: number): Promise<void>;
  /** Lets this much time go by, a millisecond at a time. */
  pass(ms: number): Promise<void>;
}

/** Puts `performance.now` and the timers of this process on a clock of the test's own, until the end of the test. Sockets stay real. */
export function moveClock(t: TestContext): MovedClock {
  let now = performance.now();
  t.mock.method(performance, 'now', () => now);
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const tick = async (): Promise<void> => {
    // What was written to a socket of this machine is there at once, and is read in the next turn: some more, for answers to it.
    for (let turn = 0; turn < TURNS_PER_MS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
    now += 1;
    t.mock.timers.tick(1);
  };
  return {
    until: async (what, isTrue, limitMs = 10_000) => {
      for (const deadline = now + limitMs; !isTrue(); await tick()) if (now > deadline) throw new Error(`waited ${limitMs} ms for ${what}`);
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 1) await tick();
    },
  };
}

const TURNS_PER_MS = 4;
