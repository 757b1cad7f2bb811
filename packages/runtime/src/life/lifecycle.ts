import type { EventEmitter } from 'node:events';
import type { Server as NetServer, Socket } from 'node:net';
import type { Cancel, Clock } from '@spotproof/core';
import { drainSchedule, type DrainCause, type DrainEffect, type DrainPhase, type DrainSchedule, type TrafficBefore } from '@spotproof/core/drain';
import { GuardedServer, type ServerObserver } from '../http/guarded-server.ts';
import { HealthChecks } from '../http/health-checks.ts';
import type { HealthPaths } from '../http/health-paths.ts';
import { raiseKeepAlive } from '../http/keep-alive.ts';
import { idleLoopTurns } from '../http/loop-turns.ts';
import { OpenRequests } from '../http/open-requests.ts';
import { speaksHttp2 } from '../http/protectable-server.ts';
import { TrafficLog } from '../http/traffic-log.ts';
import { GuardedStreams } from '../http2/guarded-streams.ts';
import { Platform } from '../platform/platform.ts';
import { callerLocation } from '../process/caller.ts';
import type { ProcessDoor, StopSignal } from '../process/door.ts';
import type { ProcessOptions, Settings } from '../process/settings.ts';
import { keepAlive } from '../process/system-clock.ts';
import { buildReport } from './build-report.ts';
import { Publisher, type LifecycleEvents } from './channels.ts';
import { Configuration } from './configuration.ts';
import { ConnectionSweep } from './connection-sweep.ts';
import type { ToMember } from './crew/messages.ts';
import { Service } from './crew/service.ts';
import { mergeTraffic } from './crew/traffic.ts';
import { consumerContext, type ConsumerHandle, type ConsumerOptions } from './consumer.ts';
import { Consumers } from './consumers.ts';
import { DrainEngine } from './engine.ts';
import { withFlushReserve } from './flush-reserve.ts';
import type { ForeignHold } from './foreign-hold.ts';
import { GuardedServers } from './guarded-servers.ts';
import { Hooks, type Hook, type HookOptions } from './hooks.ts';
import { LossLog } from './loss-log.ts';
import { OpenWork } from './open-work.ts';
import type { DrainReport, LostItem } from './report.ts';
import { deliverReport } from './report-delivery.ts';
import { RequestContexts, type ContextRequest, type RequestContext } from './request-context.ts';
import { SignalReader } from './signal-reader.ts';
import { Tally } from './tally.ts';
import { timeLeft } from './time-left.ts';
import { TrackedWork, type WorkDetails } from './tracked-work.ts';
import { WorkSignals } from './work-signals.ts';

/**
 * The one life of this process: drives the pure life cycle of `@spotproof/core/drain` with sockets, signals and real time. When anything
 * happens is decided there; here is how.
 */
export class SharedLifecycle implements ServerObserver {
  readonly traffic = new TrafficLog();
  readonly healthChecks = new HealthChecks();
  readonly openRequests = new OpenRequests((end) => {
    this.#tally.requestEnded(end, this.phase);
    this.changed();
  });
  readonly report: Promise<DrainReport>;

  readonly #door: ProcessDoor;
  readonly #clock: Clock;
  readonly #engine: DrainEngine;
  readonly #hooks: Hooks;
  readonly #work = new TrackedWork(() => this.changed());
  readonly #publisher = new Publisher((event, error) => this.warn(`A listener for "${event}" threw: ${messageOf(error)}`));
  readonly #losses = new LossLog((item) => this.#publisher.lost(item));
  readonly #signals = new SignalReader();
  readonly #sweep: ConnectionSweep;
  readonly #servers = new GuardedServers();
  readonly #tally = new Tally();
  readonly #workSignals = new WorkSignals();
  readonly #timeLeft = timeLeft({ now: () => this.now(), endsAt: () => this.#instant('destroyMs') });
  readonly #contexts = new RequestContexts(this.#workSignals, this.#timeLeft);
  readonly #consumers: Consumers;
  readonly #open: OpenWork;
  readonly #configuration: Configuration;
  readonly #platform: Platform;
  readonly #service: Service;
  readonly #warnings: string[] = [];
  #hold: ForeignHold | undefined;
  #cancelSignals: readonly Cancel[] = [];
  readonly #cleanups: Cancel[] = [];
  #whenListening: ((server: NetServer, warning: string | undefined) => void) | undefined;
  #letLoopEnd: Cancel = () => {};
  #seenBefore: TrafficBefore = { requests: 0, meanGapMs: undefined, lastRequestAgoMs: undefined, healthChecksStopped: false };
  #accepts = 0;
  #listenersClosed = false;
  #startedAt = new Date(0);
  #appExit: { readonly code: number | undefined } | undefined;
  #finished: DrainReport | undefined;
  #resolveReport: (report: DrainReport) => void = () => {};

  constructor(door: ProcessDoor, clock: Clock) {
    this.#door = door;
    this.#clock = clock;
    this.#configuration = new Configuration(door);
    this.#platform = new Platform({ clock, env: (name) => door.env(name), warn: (sentence) => this.warn(sentence) });
    this.#hooks = new Hooks(clock);
    this.report = new Promise((resolve) => {
      this.#resolveReport = resolve;
    });
    this.#engine = new DrainEngine({
      clock,
      perform: (effect) => this.#perform(effect),
      entered: (phase, { enteredMs, schedule }) =>
        this.#publisher.phase({ phase, afterMs: enteredMs[phase] ?? 0, stopAfterMs: schedule?.stopMs ?? 0 }),
      lookFirst: (then) => this.#start(this.#acceptQueueEmpty(LOOK_FIRST_MS).then(then)),
    });
    this.#sweep = new ConnectionSweep({
      clock,
      guards: this.#servers,
      isIdle: () => this.#open.whileDraining === 0,
      activity: () => this.#accepts + this.#tally.requestsAfterStart,
    });
    this.#consumers = new Consumers({
      clock,
      context: consumerContext(this.#timeLeft, this.stop),
      changed: () => this.changed(),
      warn: (sentence) => this.warn(sentence),
    });
    this.#service = new Service({
      clock,
      isDraining: () => this.phase !== 'serving',
      ordered: (message) => this.#ordered(message),
      crew: {
        changed: () => this.changed(),
        requested: () => this.#engine.send({ type: 'request' }),
        traffic: (seen, isAnyListening) => {
          this.#engine.send({ type: 'traffic', traffic: mergeTraffic([seen, this.#seenBefore]) });
          if (!isAnyListening && !this.#servers.isAnyListening) this.#engine.send({ type: 'hasten' });
        },
        finished: (name, report) => {
          this.#tally.add(report);
          for (const item of report.lost) this.#losses.add({ ...item, worker: item.worker === undefined ? name : `${name}, ${item.worker}` });
          this.#losses.addUnnamed(report.lostCount - report.lost.length);
        },
        lost: (name) => this.#loseWorker(name, 'exited'),
        warn: (sentence) => this.warn(sentence),
      },
    });
    this.#open = new OpenWork({ requests: this.openRequests, servers: this.#servers, tracked: this.#work, consumers: this.#consumers });
  }

  get phase(): DrainPhase {
    return this.#engine.state.phase;
  }

  /** True in a cluster worker and in a thread: the primary or the main thread speaks and reports for it. */
  get hasSuperior(): boolean {
    return this.#service.hasSuperior;
  }

  get draining(): AbortSignal {
    return this.#workSignals.draining;
  }

  get stop(): AbortSignal {
    return this.#workSignals.stop;
  }

  get events(): EventEmitter<LifecycleEvents> {
    return this.#publisher.events;
  }

  /** The drain is over and the process goes on: whoever wants to be drained next needs a new life. */
  get isOver(): boolean {
    return this.#finished !== undefined && !this.settings.exit;
  }

  /** Requests other than health checks, upgraded connections, tracked work and what consumers run now. */
  get inFlight(): number {
    return this.phase === 'serving' ? this.#open.whileServing : this.#open.whileDraining;
  }

  /** The settings in force, after {@link configure}. */
  get settings(): Settings {
    return this.#configuration.settings;
  }

  /**
   * Adds options; those that were given before must not change.
   *
   * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`, or `SPOTPROOF_MISUSE` when two calls disagree.
   */
  configure(options: ProcessOptions): void {
    this.#configuration.add(options);
    this.#platform.configure(this.settings);
    this.#listenForSignals();
  }

  /** Takes over what the app would do on a signal; see {@link ForeignHold}. */
  useHold(hold: ForeignHold): void {
    this.#hold = hold;
    this.#listenForSignals();
  }

  /** Calls `listener` for each protected server once it listens. */
  whenListening(listener: (server: NetServer, warning: string | undefined) => void): void {
    this.#whenListening = listener;
  }

  isGuarded(server: NetServer): boolean {
    return this.#servers.find(server) !== undefined;
  }

  /** Watches this server; `paths` replaces what was said about the same server before. */
  guard(server: NetServer, paths: HealthPaths): void {
    const known = this.#servers.find(server);
    if (known !== undefined) {
      known.paths = paths;
      return;
    }
    const guard = new GuardedServer(server, this, paths, speaksHttp2(server) ? new GuardedStreams(this) : undefined);
    this.#servers.add(guard);
    if (this.phase !== 'serving') guard.announce({ holdClose: false });
  }

  /** The connections of a plain TCP server that are open now. */
  socketsOf(server: NetServer): readonly Socket[] {
    return [...(this.#servers.find(server)?.connections ?? [])].map(({ socket }) => socket);
  }

  hook(name: string, hook: Hook, options?: HookOptions): Cancel {
    return this.#hooks.add(name, hook, options);
  }

  track(name: string, details?: WorkDetails): Disposable {
    return this.#work.add({ name, details, startedAt: this.now() });
  }

  consumer(name: string, options: ConsumerOptions): ConsumerHandle {
    return this.#consumers.add(name, options);
  }

  context(request: ContextRequest): RequestContext {
    return this.#contexts.of(request);
  }

  drain(cause: DrainCause): Promise<DrainReport> {
    this.#begin(cause);
    return this.report;
  }

  destroy(): void {
    this.#begin('manual');
    this.#engine.send({ type: 'destroy' });
  }

  /** A signal came. False when signals are none of our business. */
  signalled(signal: StopSignal): boolean {
    if (!this.settings.signals.includes(signal) || this.#finished !== undefined) return false;
    const meaning = this.#signals.read(signal, this.now());
    if (meaning === 'begin') this.#beginUnlessOrdered(signal);
    if (meaning === 'hasten') this.#engine.send({ type: 'hasten' });
    if (meaning === 'destroy') this.destroy();
    return true;
  }

  /** Something that a person should change: kept for the report, said to the logger now. */
  warn(sentence: string): void {
    if (this.#warnings.includes(sentence)) return;
    this.#warnings.push(sentence);
    this.settings.logger.warn({}, sentence);
  }

  // What the guarded servers say.

  now(): number {
    return this.#clock.now();
  }

  accepted(): void {
    this.#accepts += 1;
  }

  requested(): void {
    this.#tally.requestCame();
    this.#engine.send({ type: 'request' });
    this.#service.tellOfRequest();
  }

  healthCheckAnswered(): void {
    this.#tally.healthCheckAnswered();
  }

  closeHeld(): void {
    this.#hold?.note({ what: 'server.close', detail: '', at: callerLocation() });
  }

  closed(guard: GuardedServer): void {
    this.#servers.remove(guard);
  }

  listening(guard: GuardedServer): void {
    this.#servers.add(guard);
    if (this.#listenersClosed) guard.closeListener();
    const warning = raiseKeepAlive(guard.server, this.settings.balancerIdleMs);
    if (warning !== undefined) this.warn(warning);
    this.#whenListening?.(guard.server, warning);
  }

  changed(): void {
    this.#platform.workChanged(this.#open.jobs);
    if (this.phase === 'serving') return;
    const own = this.#listenersClosed ? this.#open.afterListenersClosed : this.#open.whileDraining;
    if (this.#listenersClosed) this.#service.settled(own === 0);
    this.#engine.send({ type: 'open', open: own + this.#service.unfinished });
    if (this.#listenersClosed) this.#sweep.begin();
  }

  /** The life above has spoken. */
  #ordered(message: ToMember): void {
    if (message.type === 'close') this.#engine.send({ type: 'hasten' });
    if (message.type !== 'begin') return;
    const traffic = this.#trafficBefore();
    this.#begin(message.cause);
    this.#service.tellBegan(this.#servers.isAnyListening, traffic);
  }

  /** A terminal and some init processes signal a whole group: then the life above was told too, and says what to do. */
  #beginUnlessOrdered(cause: DrainCause): void {
    if (!this.#service.isSuperiorThere) {
      this.#begin(cause);
      return;
    }
    const letLoopEnd = keepAlive();
    this.#clock.schedule(ORDERS_WITHIN_MS, () => {
      letLoopEnd();
      this.#begin(cause);
    });
  }

  #begin(cause: DrainCause): void {
    if (this.phase !== 'serving') return;
    this.#service.look();
    this.#startedAt = new Date();
    this.#letLoopEnd = keepAlive();
    this.#cleanups.push(this.#door.onExit(() => this.#endedByOthers()));
    if (this.#hold === undefined) this.#warnOfForeignListeners(cause);
    this.#hold?.begin(this.now());
    const traffic = this.#trafficBefore();
    this.#seenBefore = traffic;
    const schedule = this.#schedule(cause);
    this.#engine.send({
      type: 'begin',
      cause,
      schedule,
      // What the workers saw is not known yet: until they have said it, nothing suggests that anybody had let go.
      traffic: !this.#service.hasMembers ? traffic : { ...traffic, meanGapMs: undefined, healthChecksStopped: false },
      open: this.inFlight + this.#service.unfinished,
    });
    // No door is open that a request could come through.
    if (!this.#servers.isAnyListening && !this.#service.hasMembers && !this.#service.isOrdered) this.#engine.send({ type: 'hasten' });
    this.#service.begin(cause, schedule);
  }

  #schedule(cause: DrainCause): DrainSchedule {
    const own = withFlushReserve(drainSchedule(this.settings.budgetMs, { interactive: this.#door.isInteractive(cause) }), this.#hooks.reserveMs);
    return this.#service.schedule(own, this.#servers.isAnyListening);
  }

  #trafficBefore(): TrafficBefore {
    const now = this.now();
    return { ...this.traffic.before(now), healthChecksStopped: this.settings.letGoByHealthChecks && this.healthChecks.haveStopped(now) };
  }

  #perform(effect: DrainEffect): void {
    switch (effect) {
      case 'announce':
        // First of all: what a queue hands out from here on would have to be given back.
        this.#consumers.stop();
        for (const guard of this.#servers) guard.announce({ holdClose: this.#hold !== undefined });
        this.#workSignals.fireDraining();
        this.#platform.announce();
        return;
      case 'close-listeners':
        this.#start(this.#closeListeners());
        return;
      case 'abort-work':
        this.#workSignals.fireStop();
        this.#consumers.handBack();
        this.#service.letGo();
        for (const connection of this.#servers.connections()) {
          if (connection.upgradedBy === undefined) continue;
          connection.wasCut = !connection.socket.writableEnded;
          connection.socket.end();
        }
        return;
      case 'destroy-sockets':
        // The time limit destroys on the way to `releasing`; `destroy()` goes straight to `exited`.
        this.#loseWhatIsOpen(this.phase === 'exited' ? 'escalated' : 'deadline');
        for (const connection of this.#servers.connections()) connection.socket.destroy();
        return;
      case 'run-hooks':
        this.#start(this.#release());
        return;
      case 'flush':
        this.#start(this.#flush());
        return;
      case 'exit':
        this.#finish();
        return;
    }
  }

  async #closeListeners(): Promise<void> {
    await this.#service.closeListening(this.settings.budgetMs);
    await this.#acceptQueueEmpty(Math.min(LONGEST_ACCEPT_STORM_MS, this.settings.budgetMs / 20));
    for (const guard of this.#servers) guard.closeListener();
    this.#listenersClosed = true;
    this.#sweep.listenersClosed();
    this.changed();
    this.#engine.send({ type: 'listeners-closed' });
  }

  #acceptQueueEmpty(boundMs: number): Promise<void> {
    return idleLoopTurns({ turns: 20, boundMs, activity: () => this.#accepts, now: () => this.now() });
  }

  async #release(): Promise<void> {
    await this.#hooks.run('release', this.#instant('releaseMs') ?? 0);
    const { cause } = this.#engine.state;
    const signal = cause === 'SIGTERM' || cause === 'SIGINT' ? cause : undefined;
    const listeners = this.#hold?.release(signal, (code) => this.#appAskedToExit(code)) ?? 0;
    if (listeners === 0) {
      this.#engine.send({ type: 'hooks-done' });
      return;
    }
    // The app is finishing by itself: it may end by `process.exit`, or by having nothing left to do, which needs us out of the way.
    this.#letLoopEnd();
    this.#cleanups.push(this.#door.onLoopEmpty(() => this.#engine.send({ type: 'hooks-done' })));
  }

  async #flush(): Promise<void> {
    this.#letLoopEnd();
    this.#letLoopEnd = keepAlive();
    if (this.#hooks.has('flush')) await this.#hooks.run('flush', this.#instant('exitMs') ?? 0);
    this.#engine.send({ type: 'flush-done' });
  }

  #appAskedToExit(code: number | undefined): void {
    this.#appExit ??= { code };
    this.#engine.send({ type: 'hooks-done' });
  }

  #finish(): void {
    const report = this.#conclude(this.#isEscalated() ? 'escalated' : this.#losses.count > 0 ? 'deadline' : 'drained');
    if (!this.settings.exit) {
      this.#letLoopEnd();
      return;
    }
    const exit = (): void => this.#door.exit(report.exitCode);
    if (this.#service.hasSuperior) {
      // It waits for the report; should the way be stuck, the exit says that too.
      this.#clock.schedule(LONGEST_SENDING_MS, exit);
      this.#service.report(report, () => setImmediate(exit));
      return;
    }
    // Whoever called `process.exit` expects it not to return; everybody else gets a turn to hear of the report.
    if (this.#appExit === undefined) setImmediate(exit);
    else exit();
  }

  /** The process is ending, and it is not us who end it, or not yet. */
  #endedByOthers(): void {
    if (this.#finished !== undefined) return;
    const { phase } = this;
    const isDone =
      (phase === 'releasing' || phase === 'flushed') && !this.#hooks.report().some(({ outcome }) => outcome === 'skipped' || outcome === 'timed-out');
    if (!isDone) {
      this.#loseWhatIsOpen('exited');
      const at = callerLocation();
      this.warn(`The process was ended while ${phase}${at === undefined ? '' : `, by ${at}`}, before the drain was over.`);
    }
    const report = this.#conclude(!isDone ? 'exited' : this.#losses.count > 0 ? 'deadline' : 'drained');
    this.#service.report(report, () => {});
    this.#door.setExitCode(report.exitCode);
  }

  #conclude(outcome: DrainReport['outcome']): DrainReport {
    const report = buildReport({
      outcome,
      door: this.#door,
      state: this.#engine.state,
      budgetMs: this.settings.budgetMs,
      startedAt: this.#startedAt,
      now: this.now(),
      appExitCode: this.#appExit?.code,
      tally: this.#tally,
      losses: this.#losses,
      consumers: this.#consumers.report(),
      hooks: this.#hooks.report(),
      held: this.#hold?.held ?? [],
      warnings: [...this.#warnings],
      platform: this.#platform.report,
      workers: this.#service.reports,
    });
    this.#service.dismiss();
    this.#finished = report;
    for (const cleanup of [...this.#cancelSignals, ...this.#cleanups]) cleanup();
    this.#hold?.end();
    // One that was drained with the life above is a part of that one's report.
    if (!this.#service.isOrdered) deliverReport(report, this.settings.reportTo, this.#door);
    this.#publisher.report(report);
    this.#resolveReport(report);
    return report;
  }

  #loseWhatIsOpen(reason: LostItem['reason']): void {
    this.#open.lose({ losses: this.#losses, reason, now: this.now() });
    this.#service.giveUp((name) => this.#loseWorker(name, reason));
  }

  #loseWorker(name: string, reason: LostItem['reason']): void {
    this.#losses.add({ kind: 'worker', name, ageMs: this.now() - (this.#engine.state.startedAt ?? this.now()), reason });
  }

  #listenForSignals(): void {
    for (const cancel of this.#cancelSignals) cancel();
    this.#cancelSignals = [];
    // A hold hears SIGTERM and SIGINT itself.
    const own = this.settings.signals.filter((signal) => this.#hold === undefined || signal === 'SIGQUIT');
    this.#cancelSignals = own.map((signal) => this.#door.onSignal(signal, () => this.signalled(signal)));
  }

  #warnOfForeignListeners(cause: DrainCause): void {
    if (cause === 'manual' || cause === 'fatal-error') return;
    const count = this.#door.foreignListeners(cause);
    if (count === 0) return;
    this.warn(
      `${count} other ${cause} listener(s) ran at the start of the drain. One that closes the server or ends the process loses requests: turn it into a hook.`,
    );
  }

  #isEscalated(): boolean {
    return this.#engine.state.enteredMs.flushed === undefined;
  }

  #instant(name: 'destroyMs' | 'releaseMs' | 'exitMs'): number | undefined {
    const { startedAt, schedule } = this.#engine.state;
    return startedAt === undefined || schedule === undefined ? undefined : startedAt + schedule[name];
  }

  /** Runs something of ours in the background. Should it fail, that is our fault, and the time limits still end the drain. */
  #start(running: Promise<void>): void {
    running.catch((error: unknown) => {
      this.warn(`A part of Spotproof failed: ${messageOf(error)}`);
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Somebody who connects without pause must not keep the listener open. */
const LONGEST_ACCEPT_STORM_MS = 1_000;
const LOOK_FIRST_MS = 250;
/** How long a worker that got a signal itself waits for what its primary says. */
const ORDERS_WITHIN_MS = 500;
const LONGEST_SENDING_MS = 1_000;
