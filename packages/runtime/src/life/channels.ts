import { channel } from 'node:diagnostics_channel';
import type { DrainPhase } from '@spotproof/core/drain';
import type { DrainReport } from './report.ts';

export interface PhaseMessage {
  readonly phase: DrainPhase;
  /** Milliseconds after the drain began. */
  readonly afterMs: number;
}

export function publishPhase(message: PhaseMessage): void {
  phases.publish(message);
}

export function publishReport(report: DrainReport): void {
  reports.publish(report);
}

const phases = channel('spotproof:drain:phase');
const reports = channel('spotproof:drain:report');
