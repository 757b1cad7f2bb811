import type { BalancerReport } from '../balancer/protocol.ts';
import type { LabEvent, LabPhases, TargetDrainingReport, TargetHealthReport } from '../verdict/lab-run.ts';
import type { LabListener, LabPhase } from './listener.ts';
import { epochNow } from '../epoch.ts';

/** Everything worth remembering of a run, as it happens; each entry is handed on to the listener at once. */
export class Journal {
  readonly timeline: LabEvent[] = [];
  readonly targetHealth: TargetHealthReport[] = [];
  readonly targetDraining: TargetDrainingReport[] = [];
  readonly warnings: string[] = [];
  readonly #listener: LabListener;
  readonly #phases: { -readonly [Phase in keyof LabPhases]: LabPhases[Phase] } = {
    controlAt: undefined,
    interruptionAt: undefined,
    finishingAt: undefined,
    loadDoneAt: undefined,
  };
  #isClosed = false;

  constructor(listener: LabListener) {
    this.#listener = listener;
  }

  get phases(): LabPhases {
    return this.#phases;
  }

  event(event: LabEvent): void {
    if (this.#isClosed) return;
    this.timeline.push(event);
    this.#listener.onProgress({ type: 'task', event });
  }

  phase(phase: LabPhase): void {
    const at = epochNow();
    if (phase === 'control') this.#phases.controlAt = at;
    if (phase === 'interruption') this.#phases.interruptionAt = at;
    if (phase === 'finishing') this.#phases.finishingAt = at;
    this.#listener.onProgress({ type: 'phase', at, phase });
  }

  loadDone(): void {
    this.#phases.loadDoneAt = epochNow();
  }

  /** One that was said already is not repeated. */
  warn(sentence: string): void {
    if (this.warnings.includes(sentence)) return;
    this.warnings.push(sentence);
    this.#listener.onProgress({ type: 'warning', sentence });
  }

  balancer(report: BalancerReport): void {
    if (this.#isClosed) return;
    if (report.type === 'target-health') {
      this.targetHealth.push(report);
      this.#listener.onProgress({ type: 'target-health', report });
    } else if (report.type === 'target-draining') this.targetDraining.push(report);
    else if (report.type === 'load') this.#listener.onProgress({ type: 'balancer', report });
  }

  /** What follows is the lab clearing up, and no part of the run. */
  close(): void {
    this.#isClosed = true;
  }
}
