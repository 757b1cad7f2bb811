import type { LoadCommand, LoadConfig, LoadReport, LoadSummary } from '../load/protocol.ts';
import type { Changes } from './changes.ts';
import { LabChild } from './child-process.ts';

export interface LoadProcessOptions {
  readonly modulePath: string;
  readonly logPath: string;
  readonly config: LoadConfig;
  readonly changes: Changes;
  readonly onReport: (report: LoadReport) => void;
  readonly onFailure: (message: string) => void;
}

/** The load generator, which is a process of its own so that nothing else makes it late. It begins at once. */
export class LoadProcess {
  readonly #child: LabChild<LoadCommand, LoadReport>;
  readonly #options: LoadProcessOptions;
  #startedAt: number | undefined;
  #summary: LoadSummary | undefined;

  constructor(options: LoadProcessOptions) {
    this.#options = options;
    this.#child = new LabChild({
      modulePath: options.modulePath,
      logPath: options.logPath,
      onReport: (report: LoadReport) => this.#onReport(report),
      onEnd: (how) => {
        if (this.#summary === undefined) options.onFailure(`The load generator ended by itself (${how}); ${options.logPath} may say why.`);
        options.changes.notify();
      },
    });
    this.#child.send({ type: 'start', config: options.config });
  }

  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  get summary(): LoadSummary | undefined {
    return this.#summary;
  }

  /** Plans no more requests and awaits all answers; undefined when they do not come within `budgetMs`. */
  async finish(options: { readonly budgetMs: number; readonly signal: AbortSignal }): Promise<LoadSummary | undefined> {
    this.#child.send({ type: 'finish' });
    await this.#options.changes.until(() => this.#summary !== undefined, options);
    return this.#summary;
  }

  end(graceMs: number): Promise<void> {
    return this.#child.end(graceMs);
  }

  #onReport(report: LoadReport): void {
    if (report.type === 'started') this.#startedAt = report.at;
    else if (report.type === 'done') this.#summary = report.summary;
    else if (report.type === 'failed') this.#options.onFailure(`The load generator failed: ${report.message}`);
    this.#options.onReport(report);
    this.#options.changes.notify();
  }
}
