import { EXIT_CODES } from '../exit-codes.ts';

/** What the exit status of `spotproof state` means. The reference page is made from this table. */
export const STATE_EXIT_CODES = {
  done: { code: EXIT_CODES.clean.code, meaning: 'It was done. `check`: the server keeps what is promised, though perhaps with warnings.' },
  refused: {
    code: EXIT_CODES.lost.code,
    meaning:
      'There is no such record, or it is not in a state for this: `retry` of what has not failed, `purge` of what was claimed again. `check`: the server is not fit; with `--strict` also: it has a warning.',
  },
  usage: {
    code: EXIT_CODES.usage.code,
    meaning:
      'The command line is wrong, a flag is missing that allows what was asked for, or the client of the store is not installed. Nothing was changed.',
  },
  fault: { code: EXIT_CODES.fault.code, meaning: 'The store could not be reached or refused a call, or Spotproof failed.' },
  cancelled: { code: EXIT_CODES.cancelled.code, meaning: 'Ctrl-C. Records are changed one by one, each as a whole.' },
} as const;
