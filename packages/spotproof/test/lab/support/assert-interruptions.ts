import assert from 'node:assert/strict';
import type { Figure } from './growth.ts';
import type { Outcome } from './interruptions.ts';

/** Every request was answered, and each interrupted task left by itself. */
export function assertNothingLost({ run, report }: Outcome, interruptions: number): void {
  const story = [report.summary, ...report.blame.map(({ count, sentence }) => `${count} × ${sentence}`), ...report.warnings].join('\n');
  assert.equal(run.failure, undefined, story);
  assert.equal(report.requests.lost, 0, story);
  // On a machine that stalls the lab does not vouch for its figures; that there is no loss among complete records it can still say.
  assert.deepEqual([run.load?.planned, run.load?.sent], [run.load?.ended, run.load?.ended], story);
  const interrupted = run.tasks.filter(({ interruptedAt }) => interruptedAt !== undefined);
  assert.equal(interrupted.length, interruptions, story);
  for (const { id, killed, exitCode } of interrupted) assert.deepEqual({ id, killed, exitCode }, { id, killed: false, exitCode: 0 }, story);
}

/** With the same load and the same number of tasks as before, the lab's own processes hold what they held. */
export function assertNoGrowth({ growth }: Outcome, interruptions: number): void {
  for (const [name, grown] of Object.entries(growth)) {
    for (const [figure, most] of Object.entries(MOST)) {
      // Idle connections are kept for 50 s, and how many there are is a matter of the worst burst: a short run cannot tell them from forgotten ones.
      if (name !== 'lab' && figure === 'sockets' && interruptions < MANY) continue;
      const allowed = name === 'lab' ? mostOfLab(figure, most, interruptions) : most;
      const more = grown[figure as Figure];
      assert.ok(more <= allowed, `${name}: ${more} more ${figure} after ${interruptions} interruptions than before, at most ${allowed} are its own`);
    }
  }
}

function mostOfLab(figure: string, most: number, interruptions: number): number {
  // Its sockets lead to its tasks, and no request goes through them.
  if (figure === 'sockets') return 3;
  // It keeps the story of each task, for its report.
  return figure === 'heapOctets' ? most + interruptions * 60_000 : most;
}

const MANY = 200;
const MOST: Readonly<Record<Figure, number>> = {
  files: 2,
  // One that is forgotten with each of many interruptions would be more.
  sockets: 0.75 * MANY,
  heapOctets: 3_000_000,
  // Requests that are on their way at the moment of a sample.
  emitters: 60,
  processListeners: 0,
};
