import type { Clock } from '@spotproof/core';
import type { DrainCause, DrainSchedule, TrafficBefore } from '@spotproof/core/drain';
import { idleLoopTurns, quietTime } from '../../http/loop-turns.ts';
import type { DrainReport, WorkerReport } from '../report.ts';
import { Crew, type CrewOptions } from './crew.ts';
import { startedEarlier, superiorSchedule } from './member-schedule.ts';
import type { ToMember } from './messages.ts';
import { Muster } from './muster.ts';
import { findSuperior, type Superior } from './superior.ts';

export interface ServiceOptions {
  readonly clock: Clock;
  readonly crew: CrewOptions;
  readonly isDraining: () => boolean;
  /** The life above says when to drain, and when lingering is over. */
  readonly ordered: (message: ToMember) => void;
}

/** A life's place in a service of several processes or threads: who is below it, and who above. Most are alone. */
export class Service {
  readonly #clock: Clock;
  readonly #crew: Crew;
  readonly #muster: Muster;
  readonly #superior: Superior | undefined;
  #order: (ToMember & { type: 'begin' }) | undefined;
  #toldOfRequestAt = -Infinity;

  constructor({ clock, crew, isDraining, ordered }: ServiceOptions) {
    this.#clock = clock;
    this.#crew = new Crew(crew);
    this.#muster = new Muster(this.#crew, isDraining);
    this.#superior = findSuperior((message) => {
      if (message.type === 'begin' && !isDraining()) this.#order = message;
      ordered(message);
    });
    this.#superior?.send({ type: 'hello' });
  }

  /** True in a cluster worker and in a thread: the primary or the main thread speaks for it. */
  get hasSuperior(): boolean {
    return this.#superior !== undefined;
  }

  /** False when it is gone, and says nothing any more. */
  get isSuperiorThere(): boolean {
    return this.#superior?.isThere() === true;
  }

  /** This drain was begun by the life above, which decides for all and reports for all. */
  get isOrdered(): boolean {
    return this.#order !== undefined;
  }

  get hasMembers(): boolean {
    return !this.#crew.isEmpty;
  }

  get unfinished(): number {
    return this.#crew.unfinished;
  }

  get reports(): readonly WorkerReport[] {
    return this.#crew.reports;
  }

  /** Looks for workers that were started before this life began. */
  look(): void {
    this.#muster.look();
  }

  /** @param own What it would be if this life were alone. */
  schedule(own: DrainSchedule, isListening: boolean): DrainSchedule {
    if (this.#order === undefined) return this.hasMembers ? superiorSchedule(own) : own;
    const ordered = startedEarlier(this.#order.schedule, Math.max(0, Date.now() - this.#order.startedAt));
    // One without a listener serves the others of its service: it leaves when it is told that none needs it any more.
    return isListening ? ordered : { ...ordered, floorMs: ordered.stopMs, lingerCapMs: ordered.stopMs };
  }

  begin(cause: DrainCause, schedule: DrainSchedule): void {
    this.#crew.begin(cause, schedule);
  }

  /** Lingering is over: workers close, once they have been handed whatever waits here. */
  async closeListening(budgetMs: number): Promise<void> {
    if (!this.hasMembers) return;
    const clock = this.#clock;
    // The primary of a cluster accepts and hands on without telling: as many turns as its queue could hold connections, and it is empty.
    await idleLoopTurns({ turns: QUEUE_TURNS, boundMs: 0, activity: () => 0, now: () => clock.now() });
    // What it accepted waits in the primary until a worker takes it, one at a time.
    await quietTime({
      quietMs: HANDED_ON_MS,
      boundMs: Math.min(LONGEST_HANDING_ON_MS, budgetMs / 20),
      activity: () => this.#muster.activity,
      clock,
    });
    this.#crew.close(false);
  }

  /** Something has ended; when nothing is open here, workers without a listener may go too. */
  settled(isIdle: boolean): void {
    if (this.#crew.isClosing) this.#crew.close(isIdle);
  }

  letGo(): void {
    this.#crew.letGo();
  }

  giveUp(lost: (name: string) => void): void {
    this.#crew.giveUp(lost);
  }

  dismiss(): void {
    this.#muster.dismiss();
  }

  // To the life above.

  tellBegan(isListening: boolean, traffic: TrafficBefore): void {
    this.#superior?.send({ type: 'began', isListening, traffic });
  }

  tellOfRequest(): void {
    if (this.#superior === undefined || this.#clock.now() - this.#toldOfRequestAt < TELL_OF_REQUESTS_MS) return;
    this.#toldOfRequestAt = this.#clock.now();
    this.#superior.send({ type: 'requested' });
  }

  /** Calls `sent` when the report is on its way, or cannot be. */
  report(report: DrainReport, sent: () => void): void {
    if (this.#superior === undefined) sent();
    else this.#superior.send({ type: 'report', report }, sent);
  }
}

/** Above Node's default backlog of 511. */
const QUEUE_TURNS = 600;
const HANDED_ON_MS = 100;
const LONGEST_HANDING_ON_MS = 2_000;
const TELL_OF_REQUESTS_MS = 100;
