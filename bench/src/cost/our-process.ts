import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../../../scripts/support/workspace.ts';

/** A process of the lab, driven over its IPC channel as the lab drives it. */
export class OurProcess<Command extends object, Report extends { readonly type: string }> {
  readonly #child: ChildProcess;
  readonly #reports: Report[] = [];
  #wake: () => void = () => {};

  /** @param modulePath Below packages/spotproof/dist: what is measured is what is shipped. */
  constructor(modulePath: string) {
    this.#child = fork(path.join(ROOT, 'packages', 'spotproof', 'dist', modulePath), [], { serialization: 'advanced' });
    this.#child.on('message', (report) => {
      this.#reports.push(report as Report);
      this.#wake();
    });
    this.#child.on('exit', () => this.#wake());
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('The process did not start.');
    return pid;
  }

  send(command: Command): void {
    this.#child.send(command);
  }

  /** The first report of this type that has come, or will within `budgetMs`. */
  async report<Type extends Report['type']>(type: Type, matches: (report: Report) => boolean = () => true): Promise<Extract<Report, { type: Type }>> {
    const deadline = Date.now() + BUDGET_MS;
    for (;;) {
      const found = this.#reports.find((report) => report.type === type && matches(report));
      if (found !== undefined) return found as Extract<Report, { type: Type }>;
      const failed = this.#reports.find((report) => report.type === 'failed');
      if (failed !== undefined || this.#child.exitCode !== null) throw new Error(`It failed: ${JSON.stringify(failed ?? this.#child.exitCode)}`);
      if (Date.now() > deadline) throw new Error(`No report "${type}" within ${BUDGET_MS / 1_000} s.`);
      await this.#wokenUp();
    }
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }

  #wokenUp(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 1_000);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

const BUDGET_MS = 60_000;
