import type { Cancel } from '@spotproof/core';
import { callerLocation } from '../process/caller.ts';
import { keepAlive } from '../process/system-clock.ts';
import { buildReport } from './build-report.ts';
import type { LifeParts } from './life-parts.ts';
import { deliverReport } from './report-delivery.ts';
import type { DrainReport, LostItem } from './report.ts';

/** How a drain ends: by us, by the app that finishes by itself, or by somebody who ends the process before its time. Each way there is one report. */
export class Ending {
  readonly report: Promise<DrainReport>;
  readonly #parts: LifeParts;
  readonly #cleanups: Cancel[] = [];
  #letLoopEnd: Cancel = () => {};
  #startedAt = new Date(0);
  #appExit: { readonly code: number | undefined } | undefined;
  #isReported = false;
  #resolveReport: (report: DrainReport) => void = () => {};

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.report = new Promise((resolve) => {
      this.#resolveReport = resolve;
    });
  }

  get isReported(): boolean {
    return this.#isReported;
  }

  /** Calls `cleanup` when the report is made. */
  whenReported(cleanup: Cancel): void {
    this.#cleanups.push(cleanup);
  }

  drainBegins(): void {
    this.#startedAt = new Date();
    this.#letLoopEnd = keepAlive();
    const { door, service } = this.#parts;
    this.#cleanups.push(door.onExit(() => this.#endedByOthers()));
    // A worker can be started between the report and the exit, too: it would stay behind, stopped, for ever.
    door.onExit(() => service.dismiss());
  }

  keepLoopAlive(): void {
    this.#letLoopEnd();
    this.#letLoopEnd = keepAlive();
  }

  /**
   * Lets the app do now what it would have done on the signal.
   *
   * @returns False when there is nothing it would do; else `hooks-done` is sent when it is done.
   */
  letAppFinish(): boolean {
    const { engine, door, hold } = this.#parts;
    const { cause } = engine.state;
    const signal = cause === 'SIGTERM' || cause === 'SIGINT' ? cause : undefined;
    const listeners = hold?.release(signal, (code) => this.#appAskedToExit(code)) ?? 0;
    if (listeners === 0) return false;
    // It may end by `process.exit`, or by having nothing left to do, which needs us out of the way.
    this.#letLoopEnd();
    this.#cleanups.push(door.onLoopEmpty(() => engine.send({ type: 'hooks-done' })));
    return true;
  }

  /** Writes down by name all that is open, here and in the processes below: it is not going to be finished. */
  giveUp(reason: LostItem['reason']): void {
    const { open, service, losses, clock } = this.#parts;
    open.lose({ losses, reason, now: clock.now() });
    service.giveUp((name) => this.giveUpWorker(name, reason));
  }

  /** A process or thread below is gone, with what it had. */
  giveUpWorker(name: string, reason: LostItem['reason']): void {
    const { losses, engine, clock } = this.#parts;
    const now = clock.now();
    losses.add({ kind: 'worker', name, ageMs: now - (engine.state.startedAt ?? now), reason });
  }

  /** Makes the report and exits, if the process is ours to end. */
  finish(): void {
    const { engine, door, clock, configuration, service, losses } = this.#parts;
    const isEscalated = engine.state.enteredMs.flushed === undefined;
    const report = this.#conclude(isEscalated ? 'escalated' : losses.count > 0 ? 'deadline' : 'drained');
    if (!configuration.settings.exit) {
      this.#letLoopEnd();
      return;
    }
    const exit = (): void => door.exit(report.exitCode);
    if (service.hasSuperior) {
      // It waits for the report; should the way be stuck, the exit says that too.
      clock.schedule(LONGEST_SENDING_MS, exit);
      service.report(report, () => setImmediate(exit));
      return;
    }
    // Whoever called `process.exit` expects it not to return; everybody else gets a turn to hear of the report.
    if (this.#appExit === undefined) setImmediate(exit);
    else exit();
  }

  #appAskedToExit(code: number | undefined): void {
    this.#appExit ??= { code };
    this.#parts.engine.send({ type: 'hooks-done' });
  }

  /** The process is ending, and it is not us who end it, or not yet. */
  #endedByOthers(): void {
    if (this.#isReported) return;
    const { engine, door, hooks, losses, service, warnings } = this.#parts;
    const { phase } = engine.state;
    const isDone =
      (phase === 'releasing' || phase === 'flushed') && !hooks.report().some(({ outcome }) => outcome === 'skipped' || outcome === 'timed-out');
    if (!isDone) {
      this.giveUp('exited');
      const at = callerLocation();
      warnings.add(`The process was ended while ${phase}${at === undefined ? '' : `, by ${at}`}, before the drain was over.`);
    }
    const report = this.#conclude(!isDone ? 'exited' : losses.count > 0 ? 'deadline' : 'drained');
    service.report(report, () => {});
    door.setExitCode(report.exitCode);
  }

  #conclude(outcome: DrainReport['outcome']): DrainReport {
    const { door, engine, clock, configuration, tally, losses, consumers, hooks, hold, warnings, platform, service, publisher } = this.#parts;
    const report = buildReport({
      outcome,
      door,
      state: engine.state,
      budgetMs: configuration.settings.budgetMs,
      startedAt: this.#startedAt,
      now: clock.now(),
      appExitCode: this.#appExit?.code,
      tally,
      losses,
      consumers: consumers.report(),
      hooks: hooks.report(),
      held: hold?.held ?? [],
      warnings: warnings.all,
      platform: platform.report,
      workers: service.reports,
    });
    service.dismiss();
    this.#isReported = true;
    for (const cleanup of this.#cleanups) cleanup();
    hold?.end();
    // One that was drained with the life above is a part of that one's report.
    if (!service.isOrdered) deliverReport(report, configuration.settings.reportTo, door);
    publisher.report(report);
    this.#resolveReport(report);
    return report;
  }
}

const LONGEST_SENDING_MS = 1_000;
