import { isSpotproofError } from '@spotproof/core';
import type { LabFailure } from '../verdict/lab-run.ts';

/** What ends a run early, from whatever side it comes. The first cause is kept, and its signal stops every wait of the run. */
export class Ending {
  readonly #controller = new AbortController();
  #failure: LabFailure | undefined;
  #cancelled = false;

  /** @param caller Aborted when the person at the keyboard wants to stop. */
  constructor(caller: AbortSignal) {
    if (caller.aborted) this.#cancel();
    else caller.addEventListener('abort', () => this.#cancel(), { once: true, signal: this.#controller.signal });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get failure(): LabFailure | undefined {
    return this.#failure;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  fail(failure: LabFailure): void {
    if (this.#controller.signal.aborted) return;
    this.#failure = failure;
    this.#controller.abort();
  }

  /** For what came out of the run as an exception; one that only says that the run was stopped adds nothing. */
  failWith(error: unknown): void {
    if (isSpotproofError(error, 'SPOTPROOF_PLATFORM')) this.fail(labFailure('internal', error.message));
    else this.fail(labFailure('internal', `The lab itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
  }

  /** Nothing more can end it early. */
  settle(): void {
    if (!this.#controller.signal.aborted) this.#controller.abort();
  }

  #cancel(): void {
    this.#cancelled = true;
    this.#controller.abort();
  }
}

/** A failure that is not the app's. */
export function labFailure(kind: LabFailure['kind'], message: string): LabFailure {
  return { of: 'lab', kind, message, taskId: undefined };
}
