/**
 * `hang` requests are taken and never answered · `5xx` each request is answered with 500 · `slow` each answer comes later · `stall` the processes of the task are
 * stopped, as by a blocked event loop. Health checks meet the same fault.
 */
export const FAULT_KINDS = ['hang', '5xx', 'slow', 'stall'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault as it was asked for. Times count from the start of the interruption phase. */
export interface PlannedFault {
  readonly kind: FaultKind;
  readonly atMs: number;
  /** How long it lasts; undefined: to the end of the run. */
  readonly lengthMs: number | undefined;
  /** `slow`: how much later each answer comes. 0 for the others. */
  readonly delayMs: number;
  /** Undefined: the first task that runs, is not told to stop and has no other fault. */
  readonly taskId: string | undefined;
}

/** A fault that began. */
export interface LabFault {
  readonly planned: PlannedFault;
  readonly taskId: string;
  /** Epoch milliseconds. */
  readonly beganAt: number;
  /** Undefined when it lasted to the end of the run. */
  readonly endedAt: number | undefined;
}
