import { setMaxListeners } from 'node:events';
import { SpotproofError } from '@spotproof/core';

/** The two signals for the user's code: *please wrap up* and *stop now*. */
export class WorkSignals {
  readonly #draining = new AbortController();
  readonly #stop = new AbortController();

  constructor() {
    // Every request of a busy process may listen for these two.
    setMaxListeners(0, this.#draining.signal, this.#stop.signal);
  }

  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  fireDraining(): void {
    this.#draining.abort(
      new SpotproofError('SPOTPROOF_DRAINING', 'The process is draining. Finish what you can, and begin nothing that can be begun elsewhere.'),
    );
  }

  fireStop(): void {
    this.#stop.abort(new SpotproofError('SPOTPROOF_STOP', 'The stop timeout is nearly over. Stop now.'));
  }
}
