import type { SinkCommand, SinkReport } from '../work/protocol.ts';
import type { WorkFigures } from '../work/tally.ts';
import type { Changes } from './changes.ts';
import { LabChild } from './child-process.ts';

export interface SinkProcessOptions {
  readonly modulePath: string;
  readonly logPath: string;
  readonly recordsPath: string;
  readonly changes: Changes;
  readonly onFigures: (at: number, figures: WorkFigures) => void;
  readonly onFailure: (message: string) => void;
}

/** Where tasks say what work they accepted and did: a process of its own, so that it makes nothing else late. */
export class SinkProcess {
  readonly #child: LabChild<SinkCommand, SinkReport>;
  readonly #options: SinkProcessOptions;
  #port: number | undefined;
  #figures: WorkFigures = { expected: 0, done: 0, doubled: 0, unexpected: 0, absorbed: 0, refused: 0 };
  #records: number | undefined;

  constructor(options: SinkProcessOptions) {
    this.#options = options;
    this.#child = new LabChild({
      modulePath: options.modulePath,
      logPath: options.logPath,
      onReport: (report: SinkReport) => this.#onReport(report),
      onEnd: (how) => {
        if (this.#records === undefined) options.onFailure(`The sink ended by itself (${how}); ${options.logPath} may say why.`);
        options.changes.notify();
      },
    });
    this.#child.send({ type: 'start', recordsPath: options.recordsPath });
  }

  /** Undefined until it listens. */
  get port(): number | undefined {
    return this.#port;
  }

  /** Pieces that have to be done and are not. */
  get open(): number {
    return this.#figures.expected - this.#figures.done;
  }

  /** Takes no more in, and awaits the whole record: how many lines it has; undefined when that does not come within `budgetMs`. */
  async finish(options: { readonly budgetMs: number; readonly signal: AbortSignal }): Promise<number | undefined> {
    this.#child.send({ type: 'finish' });
    await this.#options.changes.until(() => this.#records !== undefined, options);
    return this.#records;
  }

  end(graceMs: number): Promise<void> {
    return this.#child.end(graceMs);
  }

  #onReport(report: SinkReport): void {
    switch (report.type) {
      case 'listening':
        this.#port = report.port;
        break;
      case 'figures':
        this.#figures = report.figures;
        this.#options.onFigures(report.at, report.figures);
        break;
      case 'done':
        this.#records = report.records;
        break;
      case 'failed':
        this.#options.onFailure(`The sink failed: ${report.message}`);
        break;
    }
    this.#options.changes.notify();
  }
}
