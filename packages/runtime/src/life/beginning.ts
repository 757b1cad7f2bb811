import { drainSchedule, type DrainCause, type DrainSchedule, type TrafficBefore } from '@spotproof/core/drain';
import type { HealthChecks } from '../http/health-checks.ts';
import type { TrafficLog } from '../http/traffic-log.ts';
import { keepAlive } from '../process/system-clock.ts';
import type { ToMember } from './crew/messages.ts';
import { mergeTraffic } from './crew/traffic.ts';
import type { Ending } from './ending.ts';
import { withFlushReserve } from './flush-reserve.ts';
import type { LifeParts } from './life-parts.ts';

export interface BeginningOptions {
  readonly parts: LifeParts;
  readonly ending: Ending;
  readonly traffic: TrafficLog;
  readonly healthChecks: HealthChecks;
}

/** How a drain begins: by whose word, with which schedule, and what was seen of the traffic before. */
export class Beginning {
  readonly #options: BeginningOptions;
  readonly #parts: LifeParts;
  #seenBefore: TrafficBefore = { requests: 0, meanGapMs: undefined, lastRequestAgoMs: undefined, healthChecksStopped: false };

  constructor(options: BeginningOptions) {
    this.#options = options;
    this.#parts = options.parts;
  }

  begin(cause: DrainCause): void {
    const { engine, service, servers, open, clock, hold } = this.#parts;
    if (engine.state.phase !== 'serving') return;
    service.look();
    this.#options.ending.drainBegins();
    if (hold === undefined) this.#warnOfForeignListeners(cause);
    hold?.begin(clock.now());
    const traffic = this.#trafficBefore();
    this.#seenBefore = traffic;
    const schedule = this.#schedule(cause);
    engine.send({
      type: 'begin',
      cause,
      schedule,
      // What the workers saw is not known yet: until they have said it, nothing suggests that anybody had let go.
      traffic: !service.hasMembers ? traffic : { ...traffic, meanGapMs: undefined, healthChecksStopped: false },
      open: open.whileServing + service.unfinished,
    });
    // No door is open that a request could come through.
    if (!servers.isAnyListening && !service.hasMembers && !service.isOrdered) engine.send({ type: 'hasten' });
    service.begin(cause, schedule);
  }

  /** A terminal and some init processes signal a whole group: then the life above was told too, and says what to do. */
  beginUnlessOrdered(cause: DrainCause): void {
    if (!this.#parts.service.isSuperiorThere) {
      this.begin(cause);
      return;
    }
    const letLoopEnd = keepAlive();
    this.#parts.clock.schedule(ORDERS_WITHIN_MS, () => {
      letLoopEnd();
      this.begin(cause);
    });
  }

  /** The life above has spoken. */
  ordered(message: ToMember): void {
    const { engine, service, servers } = this.#parts;
    if (message.type === 'close') engine.send({ type: 'hasten' });
    if (message.type !== 'begin') return;
    const traffic = this.#trafficBefore();
    this.begin(message.cause);
    service.tellBegan(servers.isAnyListening, traffic);
  }

  /** All processes below have said what they saw before. */
  heardOfTraffic(seen: TrafficBefore, isAnyListening: boolean): void {
    const { engine, servers } = this.#parts;
    engine.send({ type: 'traffic', traffic: mergeTraffic([seen, this.#seenBefore]) });
    if (!isAnyListening && !servers.isAnyListening) engine.send({ type: 'hasten' });
  }

  #schedule(cause: DrainCause): DrainSchedule {
    const { configuration, door, hooks, service, servers } = this.#parts;
    const own = drainSchedule(configuration.settings.budgetMs, { interactive: door.isInteractive(cause) });
    return service.schedule(withFlushReserve(own, hooks.reserveMs), servers.isAnyListening);
  }

  #trafficBefore(): TrafficBefore {
    const now = this.#parts.clock.now();
    const { letGoByHealthChecks } = this.#parts.configuration.settings;
    return { ...this.#options.traffic.before(now), healthChecksStopped: letGoByHealthChecks && this.#options.healthChecks.haveStopped(now) };
  }

  #warnOfForeignListeners(cause: DrainCause): void {
    if (cause === 'manual' || cause === 'fatal-error') return;
    const count = this.#parts.door.foreignListeners(cause);
    if (count === 0) return;
    this.#parts.warnings.add(
      `${count} other ${cause} listener(s) ran at the start of the drain. One that closes the server or ends the process loses requests: turn it into a hook.`,
    );
  }
}

/** How long a worker that got a signal itself waits for what its primary says. */
const ORDERS_WITHIN_MS = 500;
