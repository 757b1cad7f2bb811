import type { Cancel, Clock } from '@spotproof/core';
import type { DrainCause, DrainEffect } from '@spotproof/core/drain';
import { HealthChecks } from '../http/health-checks.ts';
import { idleLoopTurns } from '../http/loop-turns.ts';
import { DrainEngine } from '../life/engine.ts';
import type { LostItem } from '../life/report.ts';
import { deliverReport } from '../life/report-delivery.ts';
import { SignalReader } from '../life/signal-reader.ts';
import type { ProcessDoor } from '../process/door.ts';
import { keepAlive } from '../process/system-clock.ts';
import { execSchedule, type ExecScheduleOptions } from './exec-schedule.ts';
import type { OpenRequest } from './front/client-connection.ts';
import type { Front } from './front/front.ts';
import type { Readiness } from './health-endpoint.ts';
import { exitCodeOf, type Program, type ProgramEnd } from './process/program.ts';
import { execReport } from './report.ts';

export interface SupervisorOptions extends ExecScheduleOptions {
  readonly door: ProcessDoor;
  readonly clock: Clock;
  readonly program: Program;
  readonly file: string;
  readonly stopSignal: NodeJS.Signals | undefined;
}

/**
 * The life of a program that knows nothing of draining: drives the pure life cycle of `@spotproof/core/drain`. With a front, its requests are what
 * is open; without one nothing is known to be, and the linger is a fixed time. Telling the program to stop takes the place of the hooks.
 */
export class Supervisor {
  readonly healthChecks = new HealthChecks();
  readonly #options: SupervisorOptions;
  readonly #engine: DrainEngine;
  readonly #signals = new SignalReader();
  readonly #lost: LostItem[] = [];
  readonly #warnings: string[] = [];
  #front: Front | undefined;
  #stopSignal: NodeJS.Signals = 'SIGTERM';
  #startedAt = new Date(0);
  #toldAfterMs: number | undefined;
  #endedAfterMs: number | undefined;
  #wasKilled = false;
  #isForced = false;
  /** Requests that the program broke off while it was draining and nobody had told it to stop. */
  readonly #brokenOff: { readonly request: OpenRequest; readonly at: number }[] = [];
  #endedByItself = false;
  #letLoopEnd: Cancel = () => {};
  #isOver = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const { clock } = options;
    this.#engine = new DrainEngine({
      clock,
      perform: (effect) => this.#perform(effect),
      entered: () => {},
      lookFirst: (then) => {
        void (this.#front?.acceptQueueEmpty(LOOK_FIRST_MS) ?? Promise.resolve()).then(then);
      },
    });
    void options.program.ended.then((end) => this.#programEnded(end));
    // Should we end for whatever reason, nothing of the program outlives us, as nothing would outlive the first process of a container.
    options.door.onExit(() => {
      if (!options.program.isGone) options.program.signalAll('SIGKILL');
    });
  }

  get readiness(): Readiness {
    if (this.#engine.state.phase !== 'serving') return 'draining';
    return this.#options.hasFront && this.#front === undefined ? 'starting' : 'ready';
  }

  /** True while it makes sense to wait for the program's port. */
  get isStarting(): boolean {
    return this.#engine.state.phase === 'serving' && this.#options.program.end === undefined;
  }

  useFront(front: Front): void {
    this.#front = front;
    if (this.#engine.state.phase === 'serving') return;
    // The signal came in the very moment in which the front opened.
    front.announce();
    void front.close(0);
  }

  /** A signal that ends a container came. */
  stop(signal: NodeJS.Signals): void {
    const meaning = this.#signals.read(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM', this.#options.clock.now());
    switch (meaning) {
      case 'begin':
        this.#begin(signal);
        return;
      case 'hasten':
        // Once the program has been told, it may mean more to the program than to us.
        if (this.#toldAfterMs === undefined) this.#engine.send({ type: 'hasten' });
        else this.#options.program.signalAll(this.#stopSignal);
        return;
      case 'destroy':
        this.#begin(signal);
        this.#isForced = true;
        this.#engine.send({ type: 'destroy' });
        return;
      case 'repeated':
        return;
    }
  }

  /** A signal that means something to the program, and nothing to us. */
  relay(signal: NodeJS.Signals): void {
    this.#options.program.signal(signal);
  }

  /** While draining a request broke off, and neither its client nor a time limit did it. */
  unanswered(request: OpenRequest): void {
    // Lost if the program is gone or on its way; one that breaks off a request in good health does so at any other time as well.
    if (this.#options.program.end === undefined && this.#toldAfterMs === undefined) this.#brokenOff.push({ request, at: this.#options.clock.now() });
    else this.#lose(request);
  }

  requested(): void {
    this.#engine.send({ type: 'request' });
  }

  changed(): void {
    if (this.#front !== undefined) this.#engine.send({ type: 'open', open: this.#front.open });
  }

  warn(sentence: string): void {
    this.#warnings.push(sentence);
    this.#options.door.writeError(`spotproof: ${sentence}`);
  }

  #begin(signal: NodeJS.Signals): void {
    if (this.#engine.state.phase !== 'serving') return;
    const { clock, door } = this.#options;
    this.#stopSignal = this.#options.stopSignal ?? signal;
    this.#startedAt = new Date();
    this.#letLoopEnd = keepAlive();
    const cause: DrainCause = signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    const now = clock.now();
    const traffic = this.#front?.traffic.before(now) ?? { requests: 0, meanGapMs: undefined, lastRequestAgoMs: undefined };
    const healthChecksStopped = this.#options.settings.letGoByHealthChecks && this.healthChecks.haveStopped(now);
    this.#engine.send({
      type: 'begin',
      cause,
      schedule: execSchedule(this.#options, door.isInteractive(cause)),
      traffic: { ...traffic, healthChecksStopped },
      open: this.#front?.open ?? 0,
    });
    // The door is not open yet: nobody can have been sent here.
    if (this.#options.hasFront && this.#front === undefined) this.#engine.send({ type: 'hasten' });
  }

  #perform(effect: DrainEffect): void {
    const { program, settings } = this.#options;
    switch (effect) {
      case 'announce':
        this.#front?.announce();
        return;
      case 'close-listeners':
        void this.#closeDoor(Math.min(LONGEST_ACCEPT_STORM_MS, settings.budgetMs / 20));
        return;
      case 'abort-work':
        this.#front?.endTunnels(this.#timeToAbortMs() * SPREAD_SHARE);
        return;
      case 'destroy-sockets':
        this.#loseWhatIsOpen(this.#isForced ? 'escalated' : this.#endedByItself ? 'exited' : 'deadline');
        this.#front?.destroyConnections();
        return;
      case 'run-hooks':
        this.#toldAfterMs = this.#elapsedMs();
        program.signalAll(this.#stopSignal);
        void this.#awaitGone().then(() => this.#engine.send({ type: 'hooks-done' }));
        return;
      case 'flush':
        this.#killWhatIsLeft();
        void this.#awaitGone().then(() => this.#engine.send({ type: 'flush-done' }));
        return;
      case 'exit':
        this.#killWhatIsLeft();
        void this.#conclude();
        return;
    }
  }

  async #closeDoor(boundMs: number): Promise<void> {
    await this.#front?.close(boundMs);
    this.changed();
    this.#engine.send({ type: 'listeners-closed' });
  }

  /** The program and what it started; npm and shells die of the signal long before the server that they started is done. */
  async #awaitGone(): Promise<void> {
    const { program, clock } = this.#options;
    await program.ended;
    while (!program.isGone && !this.#isOver) {
      await new Promise<void>((resolve) => {
        clock.schedule(GONE_POLL_MS, resolve);
      });
    }
    this.#endedAfterMs ??= this.#elapsedMs();
  }

  #killWhatIsLeft(): void {
    const { program } = this.#options;
    if (program.isGone) return;
    // What is left of a program that ended by itself ends with its container, as always.
    this.#wasKilled = !this.#endedByItself;
    program.signalAll('SIGKILL');
  }

  #programEnded(end: ProgramEnd): void {
    const { phase } = this.#engine.state;
    if (this.#toldAfterMs !== undefined || phase === 'exited') return;
    this.#endedByItself = true;
    if (phase === 'serving') void this.#leave(exitCodeOf(end));
    else {
      this.#endedAfterMs = this.#elapsedMs();
      // Its connections may have been seen to break before its end was.
      const since = this.#options.clock.now() - LAST_BREATH_MS;
      for (const { request } of this.#brokenOff.filter(({ at }) => at >= since)) this.#lose(request);
      this.#engine.send({ type: 'destroy' });
    }
  }

  #lose({ name, startedAt }: OpenRequest, reason: LostItem['reason'] = 'exited', kind: LostItem['kind'] = 'request'): void {
    this.#lost.push({ kind, name, ageMs: Math.round(this.#options.clock.now() - startedAt), reason });
  }

  /** The program ended though nobody had told it to: so do we, as if it were the first process itself. */
  async #leave(exitCode: number): Promise<void> {
    // The requests that it broke off are being answered with 502.
    this.#front?.end();
    await this.#settled(() => this.#front === undefined || this.#front.open === 0);
    this.#exit(exitCode);
  }

  async #conclude(): Promise<void> {
    const { settings, door, program } = this.#options;
    await this.#settled(() => program.end !== undefined);
    const end = program.end ?? { code: undefined, signal: 'SIGKILL' };
    const { state } = this.#engine;
    const ownCode = this.#wasKilled && end.code === 0 ? KILLED : exitCodeOf(end);
    const report = execReport({
      state,
      pid: door.pid,
      budgetMs: settings.budgetMs,
      outcome: this.#isForced ? 'escalated' : this.#endedByItself ? 'exited' : this.#wasKilled || this.#lost.length > 0 ? 'deadline' : 'drained',
      exitCode: ownCode !== 0 ? ownCode : this.#lost.length > 0 ? 1 : 0,
      startedAt: this.#startedAt,
      durationMs: this.#elapsedMs(),
      counts: this.#front?.counts,
      brokenOff: this.#endedByItself ? 0 : this.#brokenOff.length,
      lost: this.#lost,
      warnings: this.#warnings,
      program: {
        file: this.#options.file,
        pid: program.pid,
        toldAfterMs: this.#toldAfterMs,
        toldSignal: this.#toldAfterMs === undefined ? undefined : this.#stopSignal,
        endedAfterMs: this.#endedAfterMs,
        killed: this.#wasKilled,
        code: end.code,
        signal: end.signal,
      },
    });
    deliverReport(report, settings.reportTo, door);
    this.#exit(report.exitCode);
  }

  /** Waits a moment for the last thing that is about to happen, and for what has been said to go out. */
  async #settled(holds: () => boolean): Promise<void> {
    const { clock } = this.#options;
    const left = this.#options.settings.budgetMs - this.#elapsedMs();
    const until = clock.now() + Math.min(LAST_MOMENT_MS, left / 2);
    while (!holds() && clock.now() < until) {
      await new Promise<void>((resolve) => {
        clock.schedule(SHORT_POLL_MS, resolve);
      });
    }
    await idleLoopTurns({ turns: 5, boundMs: SHORT_POLL_MS, activity: () => 0, now: () => clock.now() });
  }

  #exit(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#letLoopEnd();
    this.#options.door.exit(code);
  }

  #loseWhatIsOpen(reason: LostItem['reason']): void {
    for (const { request, isTunnel } of this.#front?.openRequests ?? []) this.#lose(request, reason, isTunnel ? 'upgraded-connection' : 'request');
  }

  #timeToAbortMs(): number {
    const { schedule } = this.#engine.state;
    return schedule === undefined ? 0 : schedule.destroyMs - schedule.stopMs;
  }

  #elapsedMs(): number {
    const now = this.#options.clock.now();
    return Math.round(now - (this.#engine.state.startedAt ?? now));
  }
}

/** The exit code of a container that was killed. */
const KILLED = 137;
const LOOK_FIRST_MS = 250;
/** Somebody who connects without pause must not keep the door open. */
const LONGEST_ACCEPT_STORM_MS = 1_000;
/** Of the time between *stop now* and the end of every connection: what is left of it is for saying goodbye. */
const SPREAD_SHARE = 0.8;
const GONE_POLL_MS = 50;
const LAST_MOMENT_MS = 250;
const SHORT_POLL_MS = 10;
/** How long before its end a program's connections break. */
const LAST_BREATH_MS = 1_000;
