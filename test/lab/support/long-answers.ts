import assert from 'node:assert/strict';
import { explain, lab, type LabResult } from './lab-cli.ts';
import { interruptedTasks } from './series.ts';

export interface LongAnswers {
  readonly stopTimeoutSeconds: number;
  /** How long a request for `/long` takes; longer than the stop timeout. */
  readonly answerMs: number;
}

/** A quarter of the load takes longer than a task has left once SIGTERM came. */
export function runLongAnswers({ stopTimeoutSeconds, answerMs }: LongAnswers): Promise<LabResult> {
  return lab([
    ...['--protect', '--rate', '6', '--tasks', '3', '--nodes', '1', '--deregister-after', '0', '--stop-timeout', String(stopTimeoutSeconds)],
    ...['--control', '4', '--interrupt', '1@3s', '--env', `ANSWER_MS=${answerMs}`, '--requests', 'test/lab/programs/long-answers.json'],
    ...['--', 'node', 'test/lab/programs/long-answers.mjs'],
  ]);
}

/** Exactly the answers that could not be given in time are lost, each is in the drain's own report by name, and the process said so and left by itself. */
export function assertOnlyLongAnswersLost(result: LabResult): void {
  const [task] = interruptedTasks(result);
  // Made by the runtime, whose tests hold its shape.
  const drain = task?.drainReport as { lost: { name: string; reason: string }[]; phases: Record<string, number>; budgetMs: number };

  assert.equal(result.exitCode, 1, explain(result));
  assert.deepEqual({ killed: task?.killed, exitCode: task?.exitCode }, { killed: false, exitCode: 1 }, explain(result));
  assert.ok(drain.lost.length > 0, explain(result));
  assert.equal(drain.lost.length, result.report.requests.lost, explain(result));
  for (const loss of drain.lost) assert.deepEqual({ name: loss.name, reason: loss.reason }, { name: 'GET /long', reason: 'deadline' });
  const warnedMs = (drain.phases['releasing'] ?? 0) - (drain.phases['aborting'] ?? 0);
  assert.ok(warnedMs >= (drain.budgetMs / 30_000) * 2_000, `the stop signal came ${warnedMs} ms before the sockets went`);
}
