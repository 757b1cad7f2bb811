import { Buffer } from 'node:buffer';
import { setImmediate } from 'node:timers';
import { SpotproofError, type Cancel, type Clock } from '@spotproof/core';
import { createRandom, type Random } from '@spotproof/world';
import type { ClientRecord, Outcome } from './client-record.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Exchange, toClientRecord } from './exchange.ts';
import { Histogram } from './histogram.ts';
import { Http2Client } from './http2-client.ts';
import type { NodeAddress } from '../balancer/protocol.ts';
import type { LongLivedConnection, LongLivedOwner, Visit } from './long-lived.ts';
import { openLongLived } from './open-long-lived.ts';
import type { LoadConfig } from './protocol.ts';
import { checkProtocols } from './check-protocols.ts';
import { RequestKind } from './request-kind.ts';
import { isGivenUp, retryAfterMs } from './retry.ts';
import { Schedule, type PlannedRequest } from './schedule.ts';

export interface GeneratorOptions {
  readonly config: Omit<LoadConfig, 'recordsPath'>;
  /** Its time is what the records carry: epoch milliseconds with fractions in the lab. */
  readonly clock: Clock;
  /** Called once for each request, when nothing can change its outcome any more. */
  readonly onRecord: (record: ClientRecord) => void;
}

export interface GeneratorCounts {
  readonly planned: number;
  readonly sent: number;
  readonly ended: number;
  readonly inFlight: number;
  readonly maxInFlight: number;
  readonly byOutcome: Readonly<Partial<Record<Outcome, number>>>;
}

/**
 * Sends requests by a plan, whatever becomes of them, and accounts for each exactly once. It opens as many connections as are needed,
 * never pipelines and sends again only what a requests file says is to be: a client that helped would hide what the balancer and the tasks do wrong.
 */
export class Generator implements ConnectionOwner, LongLivedOwner {
  readonly clock: Clock;
  readonly scheme: 'http' | 'https';
  readonly inbox: Uint8Array = Buffer.allocUnsafeSlow(INBOX_OCTETS);
  /** How late requests were sent against the plan. */
  readonly lateness = new Histogram();
  readonly #config: GeneratorOptions['config'];
  readonly #onRecord: (record: ClientRecord) => void;
  readonly #schedule: Schedule;
  readonly #kinds: readonly RequestKind[];
  readonly #pools: readonly ConnectionPool[];
  /** One for each node, when the listener speaks HTTP/2. */
  readonly #http2: readonly Http2Client[];
  /** Per kind, in the order in which they run out of time. */
  readonly #inFlight: readonly Set<Exchange>[];
  readonly #longLived = new Set<LongLivedConnection>();
  readonly #comingBack = new Set<Cancel>();
  readonly #byOutcome: Partial<Record<Outcome, number>> = {};
  readonly #retries: Random;
  #planned = 0;
  #sent = 0;
  #ended = 0;
  #maxInFlight = 0;
  #startedAt = 0;
  #stopAt = -Infinity;
  #nextSweepAt = 0;
  #nextRetireAt = 0;
  #ticking = false;
  #isFinishing = false;
  #cancelTick: Cancel | undefined;
  #finished: Promise<void> | undefined;
  #whenAllEnded: (() => void) | undefined;

  constructor(options: GeneratorOptions) {
    const { config } = options;
    checkConfig(config);
    this.#config = config;
    this.clock = options.clock;
    this.scheme = config.listener === 'https' ? 'https' : 'http';
    this.#onRecord = options.onRecord;
    this.#schedule = new Schedule({
      seed: config.seed,
      ratePerSecond: config.ratePerSecond,
      requests: config.requests,
      nodeCount: config.nodes.length,
    });
    this.#kinds = config.requests.map((spec) => new RequestKind(spec, config.nodes));
    this.#pools = config.nodes.map(() => new ConnectionPool());
    this.#retries = createRandom(config.seed, 'load/retries');
    const { listener } = config;
    this.#http2 = listener === 'https' || listener === 'h2c' ? config.nodes.map((node) => new Http2Client(node, this.scheme, this)) : [];
    this.#inFlight = config.requests.map(() => new Set<Exchange>());
  }

  /** Begins the plan; its origin is the returned time. */
  start(): number {
    this.#ticking = true;
    this.#startedAt = this.clock.now();
    this.#stopAt = this.#startedAt + this.#config.maxDurationMs;
    this.#scheduleTick();
    return this.#startedAt;
  }

  /** Sends what is due by now, nothing more, and waits until every request has ended; bounded by the longest `timeoutMs`. */
  finish(): Promise<void> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  get counts(): GeneratorCounts {
    return {
      planned: this.#planned,
      sent: this.#sent,
      ended: this.#ended,
      inFlight: this.#sent - this.#ended,
      maxInFlight: this.#maxInFlight,
      byOutcome: { ...this.#byOutcome },
    };
  }

  ended(exchange: Exchange): void {
    this.#inFlight[exchange.planned.specIndex]?.delete(exchange);
    const waitMs = retryAfterMs(exchange, this.#retries);
    if (waitMs !== undefined) {
      exchange.isRepeated = true;
      // After the poll phase, as for every other request: see below.
      this.clock.schedule(waitMs, () => void setImmediate(() => this.#sendAgain(exchange)));
      return;
    }
    if (isGivenUp(exchange)) {
      exchange.outcome = 'bad-status';
      exchange.detail = `expected an answer within ${exchange.attempt} attempts, got ${exchange.status} with Retry-After to the last`;
    }
    this.#ended++;
    if (exchange.outcome !== undefined) this.#byOutcome[exchange.outcome] = (this.#byOutcome[exchange.outcome] ?? 0) + 1;
    if (this.#ended === this.#planned) this.#whenAllEnded?.();
  }

  revised(exchange: Exchange, from: Outcome): void {
    if (exchange.isRepeated) return;
    this.#byOutcome[from] = (this.#byOutcome[from] ?? 0) - 1;
    if (exchange.outcome !== undefined) this.#byOutcome[exchange.outcome] = (this.#byOutcome[exchange.outcome] ?? 0) + 1;
  }

  settled(exchange: Exchange): void {
    if (exchange.isRepeated) return;
    const { outcome, endedAt } = exchange;
    if (outcome === undefined || endedAt === undefined)
      throw new SpotproofError('SPOTPROOF_INTERNAL', `Request ${exchange.id} was settled before it had ended.`);
    this.#onRecord(toClientRecord(exchange, outcome, endedAt));
  }

  idle(connection: Connection): void {
    connection.idleSince = this.clock.now();
    this.#pools[this.#config.nodes.indexOf(connection.node)]?.put(connection);
  }

  over(connection: LongLivedConnection, exchange: Exchange): void {
    this.#longLived.delete(connection);
    this.settled(exchange);
    this.ended(exchange);
  }

  comeBack(exchange: Exchange, visit: Visit, delayMs: number): void {
    if (this.#isFinishing || this.clock.now() + delayMs >= visit.until) return;
    const cancel = this.clock.schedule(delayMs, () => {
      this.#comingBack.delete(cancel);
      const { kind, planned, nodeName } = exchange;
      this.#planned++;
      this.#open(new Exchange({ id: `${this.#idOf(planned)}.${visit.attempt}`, kind, planned, nodeName, intendedAt: this.clock.now() }), visit);
    });
    this.#comingBack.add(cancel);
  }

  async #finish(): Promise<void> {
    this.#sendDue();
    this.#stopAt = -Infinity;
    this.#isFinishing = true;
    for (const cancel of this.#comingBack) cancel();
    for (const connection of this.#longLived) connection.leave();
    if (this.#ended < this.#planned) {
      await new Promise<void>((resolve) => {
        this.#whenAllEnded = resolve;
      });
    }
    // The last answers get the chance of a second one that all the others had.
    await new Promise<void>((resolve) => {
      this.clock.schedule(SETTLE_MS, resolve);
    });
    this.#ticking = false;
    this.#cancelTick?.();
    for (const pool of this.#pools) pool.retire(Infinity);
    for (const client of this.#http2) client.close();
  }

  #scheduleTick(): void {
    const untilNextMs = this.#startedAt + this.#schedule.nextOffsetMs - this.clock.now();
    this.#cancelTick = this.clock.schedule(Math.min(LONGEST_TICK_MS, Math.max(SHORTEST_TICK_MS, Math.floor(untilNextMs))), () => {
      // Timers run before the poll phase and this after it, so that a FIN that has already arrived on an idle connection is seen before the
      // connection is used. Otherwise a late generator would make idle races of its own.
      setImmediate(() => {
        if (!this.#ticking) return;
        this.#sendDue();
        this.#expireOverdue();
        this.#retireIdle();
        this.#scheduleTick();
      });
    });
  }

  #sendDue(): void {
    const until = Math.min(this.clock.now(), this.#stopAt) - this.#startedAt;
    while (this.#schedule.nextOffsetMs <= until) this.#send(this.#schedule.next());
  }

  #send(planned: PlannedRequest): void {
    this.#planned++;
    const node = this.#config.nodes[planned.nodeIndex];
    const kind = this.#kinds[planned.specIndex];
    if (node === undefined || kind === undefined)
      throw new SpotproofError('SPOTPROOF_INTERNAL', `Request ${planned.number} was planned for a node or kind that does not exist.`);
    const exchange = new Exchange({
      id: this.#idOf(planned),
      kind,
      planned,
      nodeName: node.name,
      intendedAt: this.#startedAt + planned.offsetMs,
      idempotencyKey: kind.spec.retry?.idempotencyKey === true ? this.#keyOf(planned) : undefined,
    });
    const keepMs = kind.spec.websocket?.keepMs ?? kind.spec.eventStream?.keepMs;
    if (keepMs !== undefined) {
      const random = createRandom(this.#config.seed, `load/visit/${planned.number}`);
      const until = this.clock.now() + random.integer(...keepMs);
      this.#open(exchange, { node, random, until, attempt: 1, unsaid: [], messages: 0, lastEventId: undefined });
      this.lateness.record(exchange.sentAt - exchange.intendedAt);
      return;
    }
    this.#putOnTheWire(exchange, node);
    this.lateness.record(exchange.sentAt - exchange.intendedAt);
    this.#countSent();
  }

  /** To the next node: that of the last time may be what was wrong. */
  #sendAgain(previous: Exchange): void {
    const { kind, planned, idempotencyKey } = previous;
    const nodeIndex = (planned.nodeIndex + 1) % this.#config.nodes.length;
    const node = this.#config.nodes[nodeIndex];
    if (node === undefined)
      throw new SpotproofError('SPOTPROOF_INTERNAL', `Request ${previous.id} was to be sent again to a node that does not exist.`);
    const id = `${this.#idOf(planned)}.${previous.attempt + 1}`;
    const again = { ...planned, nodeIndex };
    this.#putOnTheWire(new Exchange({ id, kind, planned: again, nodeName: node.name, intendedAt: this.clock.now(), idempotencyKey, previous }), node);
  }

  #putOnTheWire(exchange: Exchange, node: NodeAddress): void {
    const { specIndex, nodeIndex } = exchange.planned;
    this.#inFlight[specIndex]?.add(exchange);
    const client = this.#http2[nodeIndex] ?? this.#pools[nodeIndex]?.take() ?? new Connection(node, this);
    client.send(exchange);
  }

  #open(exchange: Exchange, visit: Visit): void {
    this.#longLived.add(openLongLived({ exchange, visit, owner: this }));
    this.#countSent();
  }

  #countSent(): void {
    this.#sent++;
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#sent - this.#ended);
  }

  #idOf(planned: PlannedRequest): string {
    return `${this.#config.idPrefix}-${planned.number}`;
  }

  /** Unlike that of any request of another run, which the app may remember. As the draft of the header has it, a string in quotes. */
  #keyOf(planned: PlannedRequest): string {
    return `"${this.#idOf(planned)}-${Math.floor(this.#startedAt).toString(36)}"`;
  }

  #expireOverdue(): void {
    const now = this.clock.now();
    if (now < this.#nextSweepAt) return;
    this.#nextSweepAt = now + SWEEP_MS;
    for (const exchanges of this.#inFlight) {
      for (const exchange of exchanges) {
        if (exchange.intendedAt + exchange.kind.spec.timeoutMs > now) break;
        exchange.expire?.();
      }
    }
  }

  #retireIdle(): void {
    const now = this.clock.now();
    if (now < this.#nextRetireAt) return;
    this.#nextRetireAt = now + RETIRE_EVERY_MS;
    for (const pool of this.#pools) pool.retire(now - RETIRE_IDLE_MS);
  }
}

function checkConfig(config: GeneratorOptions['config']): void {
  const { ratePerSecond } = config;
  if (!(ratePerSecond >= 0.1 && ratePerSecond <= 20_000)) {
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `ratePerSecond must be 0.1 to 20000, got ${ratePerSecond}. Choose a rate in that range.`, {
      details: { option: 'ratePerSecond', ratePerSecond },
    });
  }
  for (const spec of config.requests) checkProtocols(spec, config.listener ?? 'http');
  for (const [option, list] of [['nodes', config.nodes] as const, ['requests', config.requests] as const]) {
    if (list.length === 0)
      throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must have at least one entry, got an empty list.`, { details: { option } });
  }
}

/** Below the 60 s after which the balancer closes an idle connection: closing first keeps the generator out of that race. */
const RETIRE_IDLE_MS = 50_000;
const RETIRE_EVERY_MS = 1000;
const SETTLE_MS = 50;
const SWEEP_MS = 10;
const SHORTEST_TICK_MS = 1;
const LONGEST_TICK_MS = 20;
const INBOX_OCTETS = 65_536;
