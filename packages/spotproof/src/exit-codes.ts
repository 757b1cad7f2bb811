/** What the process exit status of every command means. The reference page is made from this table. */
export const EXIT_CODES = {
  clean: { code: 0, meaning: 'Nothing was lost.' },
  lost: {
    code: 1,
    meaning:
      'Something was lost, or a task crashed in the middle. With `--strict` also: a loss in the control phase, or a task that had to be killed.',
  },
  usage: {
    code: 2,
    meaning: 'The command line, a file or the app under test is wrong: an unknown option, a command that does not exist, an app that cannot start.',
  },
  fault: { code: 3, meaning: 'Spotproof failed, or cannot vouch for its own figures: the run is void.' },
  cancelled: { code: 130, meaning: 'Ctrl-C.' },
} as const;
