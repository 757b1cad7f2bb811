import { EXIT_CODES } from '../exit-codes.ts';
import type { DrillVerdict } from './report-document.ts';

/** What the exit status of `spotproof drill` means. The reference page is made from this table. */
export const DRILL_EXIT_CODES = {
  kept: { code: EXIT_CODES.clean.code, meaning: 'The service was back at strength in time, and no request is known to be lost.' },
  lost: { code: EXIT_CODES.lost.code, meaning: 'A request was lost after the first stop, or the service was not back at strength in time.' },
  refused: {
    code: EXIT_CODES.usage.code,
    meaning: 'The command line is wrong, or the drill was refused because of what it would have touched. Nothing was stopped.',
  },
  fault: { code: EXIT_CODES.fault.code, meaning: 'Spotproof failed, no task could be stopped, or AWS could not be watched.' },
  cancelled: { code: EXIT_CODES.cancelled.code, meaning: 'Ctrl-C: no further task was stopped; what was seen until then is reported.' },
} as const;

export function exitCodeOf(verdict: DrillVerdict): number {
  switch (verdict) {
    case 'kept':
      return DRILL_EXIT_CODES.kept.code;
    case 'lost':
    case 'weakened':
      return DRILL_EXIT_CODES.lost.code;
    case 'cancelled':
      return DRILL_EXIT_CODES.cancelled.code;
    case 'void':
      return DRILL_EXIT_CODES.fault.code;
  }
}
