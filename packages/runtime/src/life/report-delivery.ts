import { appendLine } from '../platform/report-file.ts';
import type { ProcessDoor } from '../process/door.ts';
import type { DrainReport } from './report.ts';

/** Writes the report as one JSON line to where `SPOTPROOF_REPORT` says. A report that cannot be written must not change how the process ends. */
export function deliverReport(report: DrainReport, to: string | undefined, door: ProcessDoor): void {
  if (to === undefined) return;
  const line = JSON.stringify(report);
  if (to === 'stderr') {
    door.writeError(line);
    return;
  }
  try {
    appendLine(to, line);
  } catch (error) {
    door.writeError(`spotproof: the drain report could not be written to ${to}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
