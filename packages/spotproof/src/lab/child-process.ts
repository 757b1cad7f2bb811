import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { conditionArguments } from './module-path.ts';

export interface ChildOptions<Report> {
  /** The module that the process runs. */
  readonly modulePath: string;
  /** Where what it prints goes; it should print nothing. */
  readonly logPath: string;
  /** Default: that of this process. Neither is what the user wants preloaded into the app handed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly onReport: (report: Report) => void;
  /** It ended without having been killed by us. */
  readonly onEnd: (how: string) => void;
}

/** One of the lab's own processes, which talks typed messages over the IPC channel and ends when that closes. */
export class LabChild<Command extends object, Report> {
  readonly #child: ReturnType<typeof fork>;
  readonly #ended: Promise<void>;
  #isOver = false;

  constructor(options: ChildOptions<Report>) {
    const log = openSync(options.logPath, 'a');
    const { NODE_OPTIONS: _, ...env } = options.env ?? process.env;
    this.#child = fork(options.modulePath, [], {
      env,
      execArgv: [...conditionArguments(import.meta.url)],
      // A session of its own: Ctrl-C on the terminal is for the lab, which ends its processes in order.
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only sender is our own module, compiled against the same type
    this.#child.on('message', (message) => options.onReport(message as Report));
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        resolve();
        if (!this.#isOver) options.onEnd(how);
        this.#isOver = true;
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : signal));
    });
  }

  /** Does nothing when the process is gone. */
  send(command: Command): void {
    if (this.#child.connected) this.#child.send(command, () => {});
  }

  /** Closes the channel, and kills it when that does not end it within `graceMs`. */
  async end(graceMs: number): Promise<void> {
    this.#isOver = true;
    if (this.#child.connected) this.#child.disconnect();
    const grace = new AbortController();
    await Promise.race([this.#ended, delay(graceMs, undefined, { signal: grace.signal }).catch(() => {})]);
    grace.abort();
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
