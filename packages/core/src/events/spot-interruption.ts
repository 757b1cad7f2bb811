/** What the answers and events of ECS say about the end of a task. */
export interface TaskEnding {
  readonly desiredStatus: string | undefined;
  readonly stopCode: string | undefined;
  readonly stoppedReason: string | undefined;
}

/**
 * True for a task that Fargate Spot takes, or took, back. The code was `TerminationNotice` in the documentation until 2023 and is `SpotInterruption`
 * today; real notices were seen without any code (containers-roadmap #1565), so the reason alone is enough. A task is only told to stop by
 * `desiredStatus` STOPPED (ECS developer guide, "Fargate capacity providers", Spot termination notices).
 */
export function isSpotInterruption({ desiredStatus, stopCode, stoppedReason }: TaskEnding): boolean {
  if (desiredStatus !== 'STOPPED') return false;
  return SPOT_STOP_CODES.has(stopCode ?? '') || stoppedReason?.startsWith(SPOT_STOPPED_REASON) === true;
}

const SPOT_STOP_CODES: ReadonlySet<string> = new Set(['SpotInterruption', 'TerminationNotice']);
const SPOT_STOPPED_REASON = 'Your Spot Task was interrupted';
