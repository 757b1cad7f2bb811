import { setMaxListeners } from 'node:events';
import { SpotproofError, type Cancel, type Clock } from '@spotproof/core';
import { drainSchedule, type DrainCause, type DrainEffect, type DrainPhase, type TrafficBefore } from '@spotproof/core/drain';
import type { Connection } from '../http/connection.ts';
import { GuardedServer, type HealthPaths, type ServerObserver } from '../http/guarded-server.ts';
import { HealthChecks } from '../http/health-checks.ts';
import { raiseKeepAlive } from '../http/keep-alive.ts';
import { idleLoopTurns } from '../http/loop-turns.ts';
import { OpenRequests } from '../http/open-requests.ts';
import type { ProtectableServer } from '../http/protectable-server.ts';
import { TrafficLog } from '../http/traffic-log.ts';
import { callerLocation } from '../process/caller.ts';
import type { HandledSignal, ProcessDoor } from '../process/door.ts';
import { mergeOptions, settings, type ProcessOptions, type Settings } from '../process/settings.ts';
import { keepAlive } from '../process/system-clock.ts';
import { publishPhase, publishReport } from './channels.ts';
import { ConnectionSweep } from './connection-sweep.ts';
import { DrainEngine } from './engine.ts';
import type { ForeignHold } from './foreign-hold.ts';
import { Hooks, type Hook, type HookOptions } from './hooks.ts';
import { LossLog } from './loss-log.ts';
import type { DrainReport, LostItem } from './report.ts';
import { deliverReport } from './report-delivery.ts';
import { SignalReader } from './signal-reader.ts';
import { TrackedWork, type WorkDetails } from './tracked-work.ts';

/**
 * The one life of this process: drives the pure life cycle of `@spotproof/core/drain` with sockets, signals and real time. When anything
 * happens is decided there; here is how.
 */
export class Lifecycle implements ServerObserver {
  readonly traffic = new TrafficLog();
  readonly healthChecks = new HealthChecks();
  readonly openRequests = new OpenRequests((end) => {
    if (end === 'abandoned') this.#abandoned += 1;
    else if (this.phase === 'announced' || this.phase === 'lingering') this.#served.lingering += 1;
    else this.#served.draining += 1;
    this.changed();
  });
  readonly report: Promise<DrainReport>;

  readonly #door: ProcessDoor;
  readonly #clock: Clock;
  readonly #engine: DrainEngine;
  readonly #hooks: Hooks;
  readonly #work = new TrackedWork(() => this.changed());
  readonly #losses = new LossLog();
  readonly #signals = new SignalReader();
  readonly #sweep: ConnectionSweep;
  readonly #guards = new Set<GuardedServer>();
  readonly #guardOf = new WeakMap<ProtectableServer, GuardedServer>();
  readonly #drainingController = new AbortController();
  readonly #stopController = new AbortController();
  readonly #served = { lingering: 0, draining: 0 };
  readonly #warnings: string[] = [];
  #explicit: ProcessOptions = {};
  #settings: Settings | undefined;
  #hold: ForeignHold | undefined;
  #cancelSignals: readonly Cancel[] = [];
  readonly #cleanups: Cancel[] = [];
  #whenListening: ((server: ProtectableServer, warning: string | undefined) => void) | undefined;
  #letLoopEnd: Cancel = () => {};
  #accepts = 0;
  #abandoned = 0;
  #requestsAfterStart = 0;
  #healthChecksAnswered = 0;
  #listenersClosed = false;
  #startedAt = new Date(0);
  #appExit: { readonly code: number | undefined } | undefined;
  #finished: DrainReport | undefined;
  #resolveReport: (report: DrainReport) => void = () => {};

  constructor(door: ProcessDoor, clock: Clock) {
    this.#door = door;
    this.#clock = clock;
    this.#hooks = new Hooks(clock);
    this.report = new Promise((resolve) => {
      this.#resolveReport = resolve;
    });
    this.#engine = new DrainEngine({
      clock,
      perform: (effect) => this.#perform(effect),
      entered: (phase, state) => publishPhase({ phase, afterMs: state.enteredMs[phase] ?? 0 }),
      lookFirst: (then) => this.#start(this.#acceptQueueEmpty(LOOK_FIRST_MS).then(then)),
    });
    this.#sweep = new ConnectionSweep({
      clock,
      guards: this.#guards,
      isIdle: () => this.#workCount === 0,
      activity: () => this.#accepts + this.#requestsAfterStart,
    });
    // Every request of a busy process may listen for these two.
    setMaxListeners(0, this.#drainingController.signal, this.#stopController.signal);
  }

  get phase(): DrainPhase {
    return this.#engine.state.phase;
  }

  get draining(): AbortSignal {
    return this.#drainingController.signal;
  }

  get stop(): AbortSignal {
    return this.#stopController.signal;
  }

  /** Requests other than health checks, upgraded connections and tracked work that are open now. */
  get inFlight(): number {
    if (this.phase !== 'serving') return this.#workCount;
    let count = this.#work.size;
    for (const guard of this.#guards) count += guard.requestsInFlight + guard.upgradedCount;
    return count;
  }

  /** The settings in force, after {@link configure}. */
  get settings(): Settings {
    this.#settings ??= settings(this.#explicit, this.#door);
    return this.#settings;
  }

  /**
   * Adds options; those that were given before must not change.
   *
   * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`, or `SPOTPROOF_MISUSE` when two calls disagree.
   */
  configure(options: ProcessOptions): void {
    const merged = mergeOptions(this.#explicit, options);
    const next = settings(merged, this.#door);
    this.#explicit = merged;
    this.#settings = next;
    this.#listenForSignals();
  }

  /** Takes over what the app would do on a signal; see {@link ForeignHold}. */
  useHold(hold: ForeignHold): void {
    this.#hold = hold;
    this.#listenForSignals();
  }

  /** Calls `listener` for each protected server once it listens. */
  whenListening(listener: (server: ProtectableServer, warning: string | undefined) => void): void {
    this.#whenListening = listener;
  }

  isGuarded(server: ProtectableServer): boolean {
    return this.#guardOf.has(server);
  }

  /** Watches this server; `paths` replaces what was said about the same server before. */
  guard(server: ProtectableServer, paths: HealthPaths): void {
    const known = this.#guardOf.get(server);
    if (known !== undefined) {
      known.paths = paths;
      return;
    }
    const guard = new GuardedServer(server, this, paths);
    this.#guardOf.set(server, guard);
    this.#guards.add(guard);
    if (this.phase !== 'serving') guard.announce({ holdClose: false });
  }

  hook(name: string, hook: Hook, options?: HookOptions): Cancel {
    return this.#hooks.add(name, hook, options);
  }

  track(name: string, details?: WorkDetails): Disposable {
    return this.#work.add({ name, details, startedAt: this.now() });
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
  signalled(signal: HandledSignal): boolean {
    if (!this.settings.signals || this.#finished !== undefined) return false;
    const meaning = this.#signals.read(signal, this.now());
    if (meaning === 'begin') this.#begin(signal);
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
    this.#requestsAfterStart += 1;
    this.#engine.send({ type: 'request' });
  }

  healthCheckAnswered(): void {
    this.#healthChecksAnswered += 1;
  }

  closeHeld(): void {
    this.#hold?.note({ what: 'server.close', detail: '', at: callerLocation() });
  }

  closed(guard: GuardedServer): void {
    this.#guards.delete(guard);
  }

  listening(guard: GuardedServer): void {
    this.#guards.add(guard);
    if (this.#listenersClosed) guard.closeListener();
    const warning = raiseKeepAlive(guard.server, this.settings.balancerIdleMs);
    if (warning !== undefined) this.warn(warning);
    this.#whenListening?.(guard.server, warning);
  }

  changed(): void {
    if (this.phase === 'serving') return;
    this.#engine.send({ type: 'open', open: this.#openCount });
    if (this.#listenersClosed) this.#sweep.begin();
  }

  get #workCount(): number {
    let count = this.#work.size + this.openRequests.size;
    for (const guard of this.#guards) count += guard.upgradedCount;
    return count;
  }

  /** Once nothing new can come in, a connection that still may carry a request counts as open work. */
  get #openCount(): number {
    if (!this.#listenersClosed) return this.#workCount;
    let count = this.#work.size;
    for (const guard of this.#guards) count += guard.connections.size;
    return Math.max(count, this.#workCount);
  }

  #begin(cause: DrainCause): void {
    if (this.phase !== 'serving') return;
    const { settings } = this;
    this.#startedAt = new Date();
    this.#letLoopEnd = keepAlive();
    this.#cleanups.push(this.#door.onExit(() => this.#endedByOthers()));
    if (this.#hold === undefined) this.#warnOfForeignListeners(cause);
    this.#hold?.begin(this.now());
    this.#engine.send({
      type: 'begin',
      cause,
      schedule: drainSchedule(settings.budgetMs, { interactive: this.#door.isInteractive(cause) }),
      traffic: this.#trafficBefore(),
      open: this.inFlight,
    });
    // No door is open that a request could come through.
    if (![...this.#guards].some((guard) => guard.server.listening)) this.#engine.send({ type: 'hasten' });
  }

  #trafficBefore(): TrafficBefore {
    const now = this.now();
    return { ...this.traffic.before(now), healthChecksStopped: this.settings.letGoByHealthChecks && this.healthChecks.haveStopped(now) };
  }

  #perform(effect: DrainEffect): void {
    switch (effect) {
      case 'announce':
        for (const guard of this.#guards) guard.announce({ holdClose: this.#hold !== undefined });
        this.#drainingController.abort(
          new SpotproofError('SPOTPROOF_DRAINING', 'The process is draining. Finish what you can, and begin nothing that can be begun elsewhere.'),
        );
        return;
      case 'close-listeners':
        this.#start(this.#closeListeners());
        return;
      case 'abort-work':
        this.#stopController.abort(new SpotproofError('SPOTPROOF_STOP', 'The stop timeout is nearly over. Stop now.'));
        for (const connection of this.#connections()) {
          if (connection.upgradedBy !== undefined) connection.socket.end();
        }
        return;
      case 'destroy-sockets':
        // The time limit destroys on the way to `releasing`; `destroy()` goes straight to `exited`.
        this.#loseWhatIsOpen(this.phase === 'exited' ? 'escalated' : 'deadline');
        for (const connection of this.#connections()) connection.socket.destroy();
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
    await this.#acceptQueueEmpty(Math.min(LONGEST_ACCEPT_STORM_MS, this.settings.budgetMs / 20));
    for (const guard of this.#guards) guard.closeListener();
    this.#listenersClosed = true;
    this.#sweep.listenersClosed();
    this.changed();
    this.#engine.send({ type: 'listeners-closed' });
  }

  #acceptQueueEmpty(boundMs: number): Promise<void> {
    return idleLoopTurns({ turns: 20, boundMs, activity: () => this.#accepts, now: () => this.now() });
  }

  async #release(): Promise<void> {
    await this.#hooks.run('release', this.#instant('releaseMs'));
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
    if (this.#hooks.has('flush')) await this.#hooks.run('flush', this.#instant('exitMs'));
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
    this.#door.setExitCode(report.exitCode);
  }

  #conclude(outcome: DrainReport['outcome']): DrainReport {
    const { settings } = this;
    const { state } = this.#engine;
    const appCode = this.#appExit?.code ?? this.#door.exitCode() ?? 0;
    const report: DrainReport = {
      schema: 'spotproof.drain/1',
      pid: this.#door.pid,
      outcome,
      exitCode: appCode !== 0 ? appCode : this.#losses.count > 0 ? 1 : 0,
      cause: state.cause ?? 'manual',
      leaveReason: state.leaveReason,
      budgetMs: settings.budgetMs,
      startedAt: this.#startedAt.toISOString(),
      durationMs: Math.round(this.now() - (state.startedAt ?? this.now())),
      phases: Object.fromEntries(Object.entries(state.enteredMs).map(([phase, atMs]) => [phase, Math.round(atMs)])),
      requestsAfterStart: this.#requestsAfterStart,
      served: { ...this.#served },
      abandoned: this.#abandoned,
      healthChecksAnswered: this.#healthChecksAnswered,
      lost: this.#losses.named,
      lostCount: this.#losses.count,
      hooks: this.#hooks.report(),
      held: this.#hold?.held ?? [],
      warnings: [...this.#warnings],
    };
    this.#finished = report;
    for (const cleanup of [...this.#cancelSignals, ...this.#cleanups]) cleanup();
    this.#hold?.end();
    publishReport(report);
    deliverReport(report, settings.reportTo, this.#door);
    this.#resolveReport(report);
    return report;
  }

  #loseWhatIsOpen(reason: LostItem['reason']): void {
    const now = this.now();
    for (const { name, startedAt } of this.openRequests.takeAll()) this.#losses.add({ kind: 'request', name, ageMs: now - startedAt, reason });
    for (const { upgradedBy, requestAt } of this.#connections()) {
      if (upgradedBy !== undefined) this.#losses.add({ kind: 'upgraded-connection', name: upgradedBy, ageMs: now - requestAt, reason });
    }
    for (const { name, details, startedAt } of this.#work.takeAll()) {
      this.#losses.add({ kind: 'work', name, ageMs: now - startedAt, reason, ...(details === undefined ? {} : { details }) });
    }
  }

  #listenForSignals(): void {
    for (const cancel of this.#cancelSignals) cancel();
    this.#cancelSignals = [];
    if (!this.settings.signals || this.#hold !== undefined) return;
    this.#cancelSignals = (['SIGTERM', 'SIGINT'] as const).map((signal) => this.#door.onSignal(signal, () => this.signalled(signal)));
  }

  #warnOfForeignListeners(cause: DrainCause): void {
    if (cause !== 'SIGTERM' && cause !== 'SIGINT') return;
    const count = this.#door.foreignListeners(cause);
    if (count === 0) return;
    this.warn(
      `${count} other ${cause} listener(s) ran at the start of the drain. One that closes the server or ends the process loses requests: turn it into a hook.`,
    );
  }

  #isEscalated(): boolean {
    return this.#engine.state.enteredMs.flushed === undefined;
  }

  #instant(name: 'releaseMs' | 'exitMs'): number {
    const { startedAt, schedule } = this.#engine.state;
    return (startedAt ?? 0) + (schedule?.[name] ?? 0);
  }

  *#connections(): Generator<Connection> {
    for (const guard of this.#guards) yield* guard.connections;
  }

  /** Runs something of ours in the background. Should it fail, that is our fault, and the time limits still end the drain. */
  #start(running: Promise<void>): void {
    running.catch((error: unknown) => {
      this.warn(`A part of Spotproof failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
}

/** Somebody who connects without pause must not keep the listener open. */
const LONGEST_ACCEPT_STORM_MS = 1_000;
const LOOK_FIRST_MS = 250;
