import type { PlannedFault } from '../../verdict/fault.ts';

/**
 * Which task each planned fault will hit. A fault that names no task is promised the first task that starts and has no other fault; when that one is told to stop before the
 * fault begins, the next one that starts takes its place. Decided when a task starts, because a relay must stand before it from its first request on.
 */
export class FaultPlan {
  readonly #promises: { readonly fault: PlannedFault; taskId: string | undefined; begun: boolean }[];

  constructor(faults: readonly PlannedFault[]) {
    this.#promises = faults.toSorted((a, b) => a.atMs - b.atMs).map((fault) => ({ fault, taskId: fault.taskId, begun: false }));
  }

  /** A task starts. Returns true when a relay must stand between the balancer and it. */
  admit(taskId: string): boolean {
    const free = this.#promises.find((promise) => promise.taskId === undefined);
    if (free !== undefined && this.#faultsOf(taskId).length === 0) free.taskId = taskId;
    return this.#faultsOf(taskId).some(({ kind }) => kind !== 'stall');
  }

  /** The task was told to stop, or has ended: what was promised to it and has not begun is for another, unless it was meant by name. */
  dismiss(taskId: string): void {
    for (const promise of this.#promises) {
      if (promise.taskId === taskId && promise.fault.taskId === undefined && !promise.begun) promise.taskId = undefined;
    }
  }

  /** The fault begins now. Returns the task that it hits, or undefined when there is none. */
  begin(fault: PlannedFault): string | undefined {
    const promise = this.#promises.find((one) => one.fault === fault);
    if (promise === undefined) return undefined;
    promise.begun = true;
    return promise.taskId;
  }

  #faultsOf(taskId: string): readonly PlannedFault[] {
    return this.#promises.flatMap((promise) => (promise.taskId === taskId ? [promise.fault] : []));
  }
}
