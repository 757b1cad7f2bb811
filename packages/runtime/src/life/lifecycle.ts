import type { EventEmitter } from 'node:events';
import type { Server as NetServer, Socket } from 'node:net';
import type { Cancel, Clock } from '@spotproof/core';
import type { DrainCause, DrainPhase } from '@spotproof/core/drain';
import { GuardedServer, type ServerObserver } from '../http/guarded-server.ts';
import { HealthChecks } from '../http/health-checks.ts';
import type { HealthPaths } from '../http/health-paths.ts';
import { raiseKeepAlive } from '../http/keep-alive.ts';
import { OpenRequests } from '../http/open-requests.ts';
import { speaksHttp2 } from '../http/protectable-server.ts';
import { TrafficLog } from '../http/traffic-log.ts';
import { GuardedStreams } from '../http2/guarded-streams.ts';
import { Platform } from '../platform/platform.ts';
import { callerLocation } from '../process/caller.ts';
import type { ProcessDoor, StopSignal } from '../process/door.ts';
import type { ProcessOptions, Settings } from '../process/settings.ts';
import { Beginning } from './beginning.ts';
import { Publisher, type LifecycleEvents } from './channels.ts';
import { Configuration } from './configuration.ts';
import { ConnectionSweep } from './connection-sweep.ts';
import { consumerContext, type ConsumerHandle, type ConsumerOptions } from './consumer.ts';
import { Consumers } from './consumers.ts';
import { Service } from './crew/service.ts';
import { DrainActs } from './drain-acts.ts';
import { Ending } from './ending.ts';
import { DrainEngine } from './engine.ts';
import type { ForeignHold } from './foreign-hold.ts';
import { GuardedServers } from './guarded-servers.ts';
import { Hooks, type Hook, type HookOptions } from './hooks.ts';
import type { LifeParts } from './life-parts.ts';
import { LossLog } from './loss-log.ts';
import { OpenWork } from './open-work.ts';
import type { DrainReport } from './report.ts';
import { RequestContexts, type ContextRequest, type RequestContext } from './request-context.ts';
import { SignalReader } from './signal-reader.ts';
import { Tally } from './tally.ts';
import { timeLeft } from './time-left.ts';
import { TrackedWork, type WorkDetails } from './tracked-work.ts';
import { Warnings } from './warnings.ts';
import { WorkSignals } from './work-signals.ts';

/**
 * The one life of this process: drives the pure life cycle of `@spotproof/core/drain` with sockets, signals and real time. When anything
 * happens is decided there. Here is what the app and its servers see of it; how it begins, what it does and how it ends have files of their own.
 */
export class SharedLifecycle implements ServerObserver {
  readonly traffic = new TrafficLog();
  readonly healthChecks = new HealthChecks();
  readonly openRequests = new OpenRequests((end) => {
    this.#tally.requestEnded(end, this.phase);
    this.changed();
  });

  readonly #door: ProcessDoor;
  readonly #clock: Clock;
  readonly #engine: DrainEngine;
  readonly #configuration: Configuration;
  readonly #warnings: Warnings;
  readonly #servers = new GuardedServers();
  readonly #consumers: Consumers;
  readonly #hooks: Hooks;
  readonly #work = new TrackedWork(() => this.changed());
  readonly #open: OpenWork;
  readonly #tally = new Tally();
  readonly #losses = new LossLog((item) => this.#publisher.lost(item));
  readonly #publisher = new Publisher((event, error) => this.#warnings.addFailure(`A listener for "${event}" threw`, error));
  readonly #workSignals = new WorkSignals();
  readonly #timeLeft = timeLeft({ now: () => this.now(), endsAt: () => this.#engine.instantOf('destroyMs') });
  readonly #contexts = new RequestContexts(this.#workSignals, this.#timeLeft);
  readonly #platform: Platform;
  readonly #service: Service;
  readonly #sweep: ConnectionSweep;
  readonly #parts: LifeParts & { hold: ForeignHold | undefined };
  readonly #beginning: Beginning;
  readonly #acts: DrainActs;
  readonly #ending: Ending;
  readonly #signals = new SignalReader();
  #cancelSignals: readonly Cancel[] = [];
  #whenListening: ((server: NetServer, warning: string | undefined) => void) | undefined;
  #accepts = 0;

  constructor(door: ProcessDoor, clock: Clock) {
    this.#door = door;
    this.#clock = clock;
    this.#configuration = new Configuration(door);
    this.#warnings = new Warnings(this.#configuration);
    this.#platform = new Platform({ clock, env: (name) => door.env(name), warn: (sentence) => this.warn(sentence) });
    this.#hooks = new Hooks(clock);
    this.#engine = new DrainEngine({
      clock,
      perform: (effect) => this.#acts.perform(effect),
      entered: (phase, { enteredMs, schedule }) =>
        this.#publisher.phase({ phase, afterMs: enteredMs[phase] ?? 0, stopAfterMs: schedule?.stopMs ?? 0 }),
      lookFirst: (then) => this.#acts.lookFirst(then),
    });
    this.#consumers = new Consumers({
      clock,
      context: consumerContext(this.#timeLeft, this.stop),
      changed: () => this.changed(),
      warn: (sentence) => this.warn(sentence),
    });
    this.#service = this.#findService();
    this.#open = new OpenWork({ requests: this.openRequests, servers: this.#servers, tracked: this.#work, consumers: this.#consumers });
    this.#sweep = new ConnectionSweep({
      clock,
      guards: this.#servers,
      isIdle: () => this.#open.whileDraining === 0,
      activity: () => this.#accepts + this.#tally.requestsAfterStart,
    });
    const parts = {
      door,
      clock,
      configuration: this.#configuration,
      warnings: this.#warnings,
      engine: this.#engine,
      servers: this.#servers,
      consumers: this.#consumers,
      hooks: this.#hooks,
      open: this.#open,
      tally: this.#tally,
      losses: this.#losses,
      publisher: this.#publisher,
      workSignals: this.#workSignals,
      platform: this.#platform,
      service: this.#service,
      hold: undefined,
    };
    this.#parts = parts;
    this.#ending = new Ending(parts);
    this.#ending.whenReported(() => {
      this.#ignoreSignals();
      // One more signal while the process exits would end it by itself, and its exit code with it.
      if (this.settings.exit) for (const signal of this.settings.signals) this.#door.onSignal(signal, () => {});
    });
    this.#beginning = new Beginning({ parts, ending: this.#ending, traffic: this.traffic, healthChecks: this.healthChecks });
    this.#acts = new DrainActs({
      parts,
      ending: this.#ending,
      sweep: this.#sweep,
      accepts: () => this.#accepts,
      changed: () => this.changed(),
    });
  }

  get report(): Promise<DrainReport> {
    return this.#ending.report;
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
    return this.#ending.isReported && !this.settings.exit;
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
    this.#parts.hold = hold;
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
    this.#beginning.begin(cause);
    return this.report;
  }

  destroy(): void {
    this.#beginning.begin('manual');
    this.#engine.send({ type: 'destroy' });
  }

  /** A signal came. False when signals are none of our business. */
  signalled(signal: StopSignal): boolean {
    if (!this.settings.signals.includes(signal) || this.#ending.isReported) return false;
    const meaning = this.#signals.read(signal, this.now());
    if (meaning === 'begin') this.#beginning.beginUnlessOrdered(signal);
    if (meaning === 'hasten') this.#engine.send({ type: 'hasten' });
    if (meaning === 'destroy') this.destroy();
    return true;
  }

  /** Something that a person should change: kept for the report, said to the logger now. */
  warn(sentence: string): void {
    this.#warnings.add(sentence);
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
    this.#parts.hold?.note({ what: 'server.close', detail: '', at: callerLocation() });
  }

  closed(guard: GuardedServer): void {
    this.#servers.remove(guard);
  }

  listening(guard: GuardedServer): void {
    this.#servers.add(guard);
    if (this.#acts.areListenersClosed) guard.closeListener();
    const warning = raiseKeepAlive(guard.server, this.settings.balancerIdleMs);
    if (warning !== undefined) this.warn(warning);
    this.#whenListening?.(guard.server, warning);
  }

  changed(): void {
    this.#platform.workChanged(this.#open.jobs);
    if (this.phase === 'serving') return;
    const isClosed = this.#acts.areListenersClosed;
    const own = isClosed ? this.#open.afterListenersClosed : this.#open.whileDraining;
    if (isClosed) this.#service.settled(own === 0);
    this.#engine.send({ type: 'open', open: own + this.#service.unfinished });
    if (isClosed) this.#sweep.begin();
  }

  #findService(): Service {
    return new Service({
      clock: this.#clock,
      isDraining: () => this.phase !== 'serving',
      ordered: (message) => this.#beginning.ordered(message),
      crew: {
        changed: () => this.changed(),
        requested: () => this.#engine.send({ type: 'request' }),
        traffic: (seen, isAnyListening) => this.#beginning.heardOfTraffic(seen, isAnyListening),
        finished: (name, report) => {
          this.#tally.add(report);
          for (const item of report.lost) this.#losses.add({ ...item, worker: item.worker === undefined ? name : `${name}, ${item.worker}` });
          this.#losses.addUnnamed(report.lostCount - report.lost.length);
        },
        lost: (name) => this.#ending.giveUpWorker(name, 'exited'),
        warn: (sentence) => this.warn(sentence),
      },
    });
  }

  #listenForSignals(): void {
    this.#ignoreSignals();
    // A hold hears SIGTERM and SIGINT itself.
    const own = this.settings.signals.filter((signal) => this.#parts.hold === undefined || signal === 'SIGQUIT');
    this.#cancelSignals = own.map((signal) => this.#door.onSignal(signal, () => this.signalled(signal)));
  }

  #ignoreSignals(): void {
    for (const cancel of this.#cancelSignals) cancel();
    this.#cancelSignals = [];
  }
}
