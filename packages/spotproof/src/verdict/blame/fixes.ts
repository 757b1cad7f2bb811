import type { LabRun } from '../lab-run.ts';
import { seconds } from '../words.ts';

/** The repair for an app that leaves before the balancer does. */
export function keepServing(run: LabRun): string {
  const rule = 'After SIGTERM keep the listener open and keep answering until no request has come for some seconds; then close.';
  return run.options.protect
    ? rule
    : `${rule} On Node, \`--import @spotproof/runtime/auto\` does this without a change of code; try it with \`--protect\`.`;
}

export function raiseStopTimeout(run: LabRun): string {
  const { stopTimeoutMs } = run.options;
  if (stopTimeoutMs >= MAX_STOP_TIMEOUT_MS) {
    return `${seconds(MAX_STOP_TIMEOUT_MS)} is all that Fargate gives: answer sooner, or make the work resumable and let another task finish it.`;
  }
  // Others do not read it.
  const tell = run.options.protect || run.tasks.some(({ announced }) => announced) ? ' and tell the app with SPOTPROOF_STOP_TIMEOUT' : '';
  return `Raise \`stopTimeout\` from ${seconds(stopTimeoutMs)} (Fargate allows ${seconds(MAX_STOP_TIMEOUT_MS)})${tell}, or answer sooner.`;
}

/** The largest `stopTimeout` of a container on Fargate (ECS API, `ContainerDefinition`). */
const MAX_STOP_TIMEOUT_MS = 120_000;
