import type { DrainCause, DrainSchedule, TrafficBefore } from '@spotproof/core/drain';
import type { DrainReport, WorkerReport } from '../report.ts';
import { memberSchedule } from './member-schedule.ts';
import type { FromMember, ToMember } from './messages.ts';
import { mergeTraffic } from './traffic.ts';

/** The way to one cluster worker or thread. */
export interface MemberLink {
  /** As it is called in the report, `worker 3` or `thread 2`. */
  readonly name: string;
  send(message: ToMember): void;
  /** Asks one that has no life of ours to end by itself. */
  letGo(): void;
  /** Ends it now. */
  end(): void;
}

export interface CrewOptions {
  /** What is open may have changed. */
  changed(): void;
  requested(): void;
  /** All workers have said what they saw before the drain. */
  traffic(seen: TrafficBefore, isAnyListening: boolean): void;
  finished(name: string, report: DrainReport): void;
  /** It ended without a report. */
  lost(name: string): void;
  warn(sentence: string): void;
}

/** The workers and threads that belong to this life: told as one when to linger, close and be gone, and waited for. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #members = new Map<MemberLink, Member>();
  #begin: (ToMember & { type: 'begin' }) | undefined;
  #closing: 'no' | 'listening' | 'all' = 'no';

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  /** One is there; whether it has a life of ours shows when it says so. */
  add(link: MemberLink): void {
    if (!this.#members.has(link)) this.#members.set(link, { hasLife: false, began: undefined, report: undefined, isToldToClose: false });
    this.#options.changed();
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Those whose end is waited for. */
  get unfinished(): number {
    let count = 0;
    for (const { report } of this.#members.values()) if (report === undefined) count += 1;
    return count;
  }

  get reports(): readonly WorkerReport[] {
    return [...this.#members].flatMap(([{ name }, { report }]) => (report === undefined ? [] : [summary(name, report)]));
  }

  begin(cause: DrainCause, schedule: DrainSchedule): void {
    this.#begin = { type: 'begin', cause, startedAt: Date.now(), schedule: memberSchedule(schedule) };
    for (const link of this.#members.keys()) link.send(this.#begin);
  }

  /** Lingering is over. Workers without a listener stay until `isIdle`: those with one may need them. */
  close(isIdle: boolean): void {
    const listening = this.#closing === 'no';
    if (listening) this.#closing = 'listening';
    this.#closeListening();
    if (this.#closing === 'listening' && isIdle && ![...this.#members.values()].some((member) => isBusy(member))) this.#closing = 'all';
    if (this.#closing === 'all') for (const [link, member] of this.#members) tellToClose(link, member);
  }

  get isClosing(): boolean {
    return this.#closing !== 'no';
  }

  /** Their time is nearly over; those that never answered have no life of ours and get the usual end. */
  letGo(): void {
    for (const [link, member] of this.#members) {
      if (member.hasLife || member.report !== undefined) continue;
      this.#options.warn(`${link.name} did not answer: it is not protected. Load Spotproof in it too.`);
      link.letGo();
    }
  }

  /** Those that have not come to an end are ended. */
  giveUp(lost: (name: string) => void): void {
    for (const [link, member] of this.#members) {
      if (member.report !== undefined) continue;
      this.#members.delete(link);
      link.end();
      lost(link.name);
    }
  }

  heard(link: MemberLink, message: FromMember): void {
    const member = this.#members.get(link);
    if (member === undefined) return;
    member.hasLife = true;
    switch (message.type) {
      case 'hello':
        // It may have been too young to hear of the drain.
        if (this.#begin !== undefined && member.began === undefined) link.send(this.#begin);
        return;
      case 'began':
        member.began = message;
        if (this.#closing !== 'no') this.#closeListening();
        this.#tellTraffic();
        return;
      case 'requested':
        this.#options.requested();
        return;
      case 'report':
        member.report = message.report;
        this.#options.finished(link.name, message.report);
        this.#tellTraffic();
        this.#options.changed();
    }
  }

  /** @param isClean It ended by itself and without an error. */
  gone(link: MemberLink, isClean: boolean): void {
    const member = this.#members.get(link);
    if (member === undefined) return;
    if (this.#begin !== undefined && member.report !== undefined) return;
    this.#members.delete(link);
    if (this.#begin !== undefined && (member.hasLife || !isClean)) this.#options.lost(link.name);
    this.#tellTraffic();
    this.#options.changed();
  }

  #closeListening(): void {
    for (const [link, member] of this.#members) if (member.began?.isListening !== false) tellToClose(link, member);
  }

  #tellTraffic(): void {
    const members = [...this.#members.values()].filter(({ report }) => report === undefined);
    if (this.#begin === undefined || this.#closing !== 'no' || !members.every(({ began }) => began !== undefined)) return;
    const began = members.flatMap((member) => member.began ?? []);
    this.#options.traffic(
      mergeTraffic(began.map(({ traffic }) => traffic)),
      began.some(({ isListening }) => isListening),
    );
  }
}

interface Member {
  hasLife: boolean;
  began: (FromMember & { type: 'began' }) | undefined;
  report: DrainReport | undefined;
  isToldToClose: boolean;
}

function isBusy({ began, report }: Member): boolean {
  return report === undefined && began?.isListening !== false;
}

function tellToClose(link: MemberLink, member: Member): void {
  // Before it began it could make nothing of it; it is told when it says that it has.
  if (member.isToldToClose || member.report !== undefined || member.began === undefined) return;
  member.isToldToClose = true;
  link.send({ type: 'close' });
}

function summary(name: string, report: DrainReport): WorkerReport {
  const { pid, outcome, exitCode, durationMs, phases, lostCount, consumers, hooks, held, warnings } = report;
  return { name, pid, outcome, exitCode, durationMs, phases, lostCount, consumers, hooks, held, warnings };
}
