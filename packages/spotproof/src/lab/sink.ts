import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabWork } from '../verdict/lab-run.ts';
import { count } from '../verdict/words.ts';
import { labFailure } from './ending.ts';
import type { Lab } from './lab.ts';
import { SinkProcess } from './sink-process.ts';

/** The sink of a run with `work`: opened before the first task, read out when the last of the work is done. */
export class Sink {
  readonly #lab: Lab;
  readonly #waitMs: number;
  #process: SinkProcess | undefined;
  #waitedMs = 0;
  #records: number | undefined;

  constructor(lab: Lab, { waitMs }: { readonly waitMs: number }) {
    this.#lab = lab;
    this.#waitMs = waitMs;
  }

  /** Resolves when tasks can be told of it. */
  async open(): Promise<void> {
    const { options, listener, ending, changes, files, modules } = this.#lab;
    const sink = new SinkProcess({
      modulePath: modules.sink,
      logPath: path.join(options.runDirectory, 'sink.log'),
      recordsPath: files.workRecords,
      changes,
      onFigures: (at, figures) => listener.onProgress({ type: 'work', at, figures }),
      onFailure: (message) => ending.fail(labFailure('sink-failed', message)),
    });
    this.#process = sink;
    const isOpen = await changes.until(() => sink.port !== undefined, { budgetMs: START_MS, signal: ending.signal });
    if (!isOpen) ending.fail(labFailure('sink-failed', `The sink did not start within ${START_MS / 1000} s.`));
    ending.signal.throwIfAborted();
  }

  /** What a task needs to reach it. The address is the task's own, so that the record tells who spoke. */
  environmentOf(taskId: string): Readonly<Record<string, string>> {
    const port = this.#process?.port;
    return port === undefined ? {} : { SPOTPROOF_SINK: `http://127.0.0.1:${port}/${encodeURIComponent(taskId)}` };
  }

  /** Waits until no accepted work is open, and closes the record. */
  async finish(): Promise<void> {
    const sink = this.#process;
    if (sink === undefined) return;
    const { ending, journal } = this.#lab;
    if (sink.open > 0) journal.phase('work');
    if (!(await this.#workIsDone(sink)))
      journal.warn(
        `${count(sink.open, 'piece')} of work ${sink.open === 1 ? 'was' : 'were'} still open ${this.#waitMs / 1000} s after the last answer.`,
      );
    this.#records = await sink.finish({ budgetMs: FINISH_MS, signal: ending.signal });
    if (this.#records === undefined)
      ending.fail(labFailure('sink-failed', `The sink had not written its record ${FINISH_MS / 1000} s after it was to.`));
    ending.signal.throwIfAborted();
  }

  /** Nothing is open, and nothing is after a moment more: in it comes what was said just now, what one piece brings with it, and what is done again. */
  async #workIsDone(sink: SinkProcess): Promise<boolean> {
    const { changes, ending } = this.#lab;
    const { signal } = ending;
    const beganAt = performance.now();
    for (;;) {
      const isDone = await changes.until(() => sink.open === 0, { budgetMs: beganAt + this.#waitMs - performance.now(), signal });
      this.#waitedMs = performance.now() - beganAt;
      if (!isDone) return false;
      await delay(Math.min(QUIET_MS, this.#waitMs), undefined, { signal });
      if (sink.open === 0) return true;
    }
  }

  end(graceMs: number): Promise<void> {
    return this.#process?.end(graceMs) ?? Promise.resolve();
  }

  get work(): LabWork {
    return { recordsPath: this.#lab.files.workRecords, records: this.#records, waitMs: this.#waitMs, waitedMs: this.#waitedMs };
  }
}

const START_MS = 20_000;
const FINISH_MS = 10_000;
const QUIET_MS = 1000;
