import type { RelayCommand, RelayFault, RelayReport } from '../../relay/protocol.ts';
import type { Changes } from '../changes.ts';
import { LabChild } from '../child-process.ts';

export interface RelayProcessOptions {
  readonly modulePath: string;
  readonly logPath: string;
  readonly targetPort: number;
  readonly changes: Changes;
  readonly signal: AbortSignal;
  readonly onFailure: (message: string) => void;
}

/** The relay before one task, which is a process of its own so that it delays nobody and nobody delays it. */
export class RelayProcess {
  readonly #child: LabChild<RelayCommand, RelayReport>;
  readonly #options: RelayProcessOptions;
  #port: number | undefined;
  #lastChange: Extract<RelayReport, { readonly type: 'began' | 'ended' }> | undefined;

  constructor(options: RelayProcessOptions) {
    this.#options = options;
    this.#child = new LabChild({
      modulePath: options.modulePath,
      logPath: options.logPath,
      onReport: (report: RelayReport) => this.#onReport(report),
      onEnd: (how) => {
        options.onFailure(`A fault relay ended by itself (${how}); ${options.logPath} may say why.`);
        options.changes.notify();
      },
    });
    this.#child.send({ type: 'start', port: options.targetPort });
  }

  /** The port that the balancer is to use; undefined when the relay did not come up in time. */
  async port(): Promise<number | undefined> {
    await this.#options.changes.until(() => this.#port !== undefined, { budgetMs: ANSWER_MS, signal: this.#options.signal });
    return this.#port;
  }

  /** When the fault began by the relay's own clock, or undefined when it did not answer. */
  begin(fault: RelayFault): Promise<number | undefined> {
    return this.#ask({ type: 'begin', fault }, 'began');
  }

  finish(): Promise<number | undefined> {
    return this.#ask({ type: 'end' }, 'ended');
  }

  close(graceMs: number): Promise<void> {
    return this.#child.end(graceMs);
  }

  async #ask(command: RelayCommand, answer: 'began' | 'ended'): Promise<number | undefined> {
    this.#lastChange = undefined;
    this.#child.send(command);
    await this.#options.changes.until(() => this.#answeredAt(answer) !== undefined, { budgetMs: ANSWER_MS, signal: this.#options.signal });
    return this.#answeredAt(answer);
  }

  #answeredAt(answer: 'began' | 'ended'): number | undefined {
    return this.#lastChange?.type === answer ? this.#lastChange.at : undefined;
  }

  #onReport(report: RelayReport): void {
    if (report.type === 'listening') this.#port = report.port;
    else if (report.type === 'failed') this.#options.onFailure(`A fault relay failed: ${report.message}`);
    else this.#lastChange = report;
    this.#options.changes.notify();
  }
}

const ANSWER_MS = 10_000;
