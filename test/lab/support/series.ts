import assert from 'node:assert/strict';
import type { TaskReport } from '../../../packages/spotproof/src/verdict/report-document.ts';
import { explain, lab, MIXED_APP, MIXED_REQUESTS, type LabResult } from './lab-cli.ts';

/** One cell of the promise: this app, under these circumstances, loses nothing. */
export interface Circumstances {
  readonly ratePerSecond: number;
  /** Seconds after SIGTERM, or `never`: then only the health check stops the traffic. */
  readonly deregisterAfter: number | 'never';
  readonly stopTimeoutSeconds: 30 | 120;
  readonly interrupt?: string;
  readonly seed?: number;
}

const DEREGISTRATIONS = { 30: [0, 3, 9, 11], 120: [0, 3, 9, 11, 20, 'never'] } as const;

/** Everything that is promised at this rate. */
export function promisedAt(ratePerSecond: number): readonly Circumstances[] {
  return ([30, 120] as const).flatMap((stopTimeoutSeconds) =>
    DEREGISTRATIONS[stopTimeoutSeconds].map((deregisterAfter) => ({ ratePerSecond, deregisterAfter, stopTimeoutSeconds })),
  );
}

export function describe({ ratePerSecond, deregisterAfter, stopTimeoutSeconds, interrupt }: Circumstances): string {
  const when = deregisterAfter === 'never' ? 'never deregistered' : `deregistered ${deregisterAfter} s after SIGTERM`;
  return `${ratePerSecond} requests/s, ${when}, stop timeout ${stopTimeoutSeconds} s${interrupt === undefined ? '' : `, interrupted ${interrupt}`}`;
}

export function runProtected({ ratePerSecond, deregisterAfter, stopTimeoutSeconds, interrupt, seed }: Circumstances): Promise<LabResult> {
  return lab([
    '--protect',
    ...['--tasks', '3', '--nodes', '2', '--node-lag', '0', '--control', '4', '--deregistration-delay', '20'],
    ...['--health-check', '/health,5s,2', '--interrupt', interrupt ?? '1@1s', '--seed', String(seed ?? 1)],
    ...['--rate', String(ratePerSecond), '--deregister-after', String(deregisterAfter), '--stop-timeout', String(stopTimeoutSeconds)],
    ...[...MIXED_REQUESTS, '--', ...MIXED_APP],
  ]);
}

/** Nothing lost, nobody killed, and each interrupted task out by itself with exit code 0, or the one of the program that `spotproof-exec` ran. */
export function assertNothingLost(result: LabResult, { exitCode = 0 }: { readonly exitCode?: number } = {}): void {
  const { report } = result;
  assert.equal(report.requests.lost, 0, explain(result));
  assert.equal(report.verdict, 'clean', explain(result));
  assert.equal(result.exitCode, 0, explain(result));
  const interrupted = interruptedTasks(result);
  assert.ok(interrupted.length > 0, explain(result));
  for (const task of interrupted) assert.deepEqual({ killed: task.killed, exitCode: task.exitCode }, { killed: false, exitCode }, explain(result));
}

/**
 * A busy target is gone no later than two seconds after the last thing it had to wait for: the floor of 12 s, three seconds without a new
 * request, or the end of its longest answer.
 */
export function assertLeftInTime(result: LabResult): void {
  // A task that was taken back before it had traffic cannot tell when the traffic has stopped, and lingers to its cap.
  for (const task of interruptedTasks(result).filter(({ served }) => served >= 10)) {
    const { sigtermAt = 0, exitedAt = 0, lastRequestAt = 0 } = task;
    const waitedFor = Math.max(sigtermAt + 12_000, lastRequestAt + 3_000, lastRequestAt + LONGEST_ANSWER_MS);
    assert.ok(
      exitedAt <= waitedFor + 2_000,
      `${task.name} left ${exitedAt - sigtermAt} ms after SIGTERM; its last request came ${lastRequestAt - sigtermAt} ms after it`,
    );
  }
}

export function interruptedTasks({ report }: LabResult): readonly TaskReport[] {
  return report.tasks.filter((task) => task.interruptedAt !== undefined);
}

/** The mixed load has answers of up to 8 s. */
const LONGEST_ANSWER_MS = 8_000;
