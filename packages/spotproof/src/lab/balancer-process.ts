import type { BalancerCommand, BalancerConfig, BalancerReport, NodeAddress, TargetAddress } from '../balancer/protocol.ts';
import type { BalancerSummary } from '../verdict/lab-run.ts';
import type { Changes } from './changes.ts';
import { LabChild } from './child-process.ts';

export interface BalancerProcessOptions {
  readonly modulePath: string;
  readonly logPath: string;
  readonly config: BalancerConfig;
  readonly changes: Changes;
  readonly onReport: (report: BalancerReport) => void;
  readonly onFailure: (message: string) => void;
}

/** The balancer, which is a process of its own so that nothing else delays it. */
export class BalancerProcess {
  readonly #child: LabChild<BalancerCommand, BalancerReport>;
  readonly #options: BalancerProcessOptions;
  #nodes: readonly NodeAddress[] = [];
  #summary: BalancerSummary | undefined;

  constructor(options: BalancerProcessOptions) {
    this.#options = options;
    this.#child = new LabChild({
      modulePath: options.modulePath,
      logPath: options.logPath,
      onReport: (report: BalancerReport) => this.#onReport(report),
      onEnd: (how) => {
        if (this.#summary === undefined) options.onFailure(`The balancer process ended by itself (${how}); ${options.logPath} may say why.`);
        options.changes.notify();
      },
    });
    this.#child.send({ type: 'start', config: options.config });
  }

  /** Empty until it listens. */
  get nodes(): readonly NodeAddress[] {
    return this.#nodes;
  }

  get summary(): BalancerSummary | undefined {
    return this.#summary;
  }

  register(target: TargetAddress, lagMs: readonly number[]): void {
    this.#child.send({ type: 'register', target, lagMs });
  }

  deregister(targetId: string, lagMs: readonly number[]): void {
    this.#child.send({ type: 'deregister', targetId, lagMs });
  }

  /** Its summary, or undefined when it does not answer in time. */
  async stop(options: { readonly graceMs: number; readonly signal: AbortSignal }): Promise<BalancerSummary | undefined> {
    this.#child.send({ type: 'stop', graceMs: options.graceMs });
    await this.#options.changes.until(() => this.#summary !== undefined, { budgetMs: options.graceMs + ANSWER_MS, signal: options.signal });
    return this.#summary;
  }

  end(graceMs: number): Promise<void> {
    return this.#child.end(graceMs);
  }

  #onReport(report: BalancerReport): void {
    if (report.type === 'listening') this.#nodes = report.nodes;
    else if (report.type === 'stopped') this.#summary = report;
    else if (report.type === 'failed') this.#options.onFailure(`The balancer failed: ${report.message}`);
    this.#options.onReport(report);
    this.#options.changes.notify();
  }
}

/** For writing out its records. */
const ANSWER_MS = 10_000;
