import { EXIT_CODES } from '../exit-codes.ts';

export interface Interrupt {
  /** Aborted by Ctrl-C, and by SIGTERM as a CI runner sends it. */
  readonly signal: AbortSignal;
  /** Gives the signals back their ordinary meaning. */
  readonly release: () => void;
}

/** Turns the first Ctrl-C into an abort, so that everything can be cleared away; a second one ends the process at once. */
export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_CODES.cancelled.code);
    controller.abort();
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', listener);
      process.off('SIGTERM', listener);
    },
  };
}
