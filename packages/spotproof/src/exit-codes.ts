/** What the process exit status of every command means. The reference page is made from this table. */
export const EXIT_CODES = {
  clean: {
    code: 0,
    meaning: 'Nothing was lost, or nothing but what a planted `--fault` took from the sick task before its health checks had to stop the traffic.',
  },
  lost: {
    code: 1,
    meaning:
      'Something was lost, a task crashed in the middle, a sick task got requests for longer than its health checks allow, or accepted work was not done or done more than once (`--work`). With `--strict` also: a loss in the control phase, or a task that had to be killed.',
  },
  usage: {
    code: 2,
    meaning: 'The command line, a file or the app under test is wrong: an unknown option, a command that does not exist, an app that cannot start.',
  },
  fault: { code: 3, meaning: 'Spotproof failed, or cannot vouch for its own figures: the run is void.' },
  cancelled: { code: 130, meaning: 'Ctrl-C.' },
} as const;
