import { createServer, type Server, type Socket } from 'node:net';
import type { Cancel, Clock } from '@spotproof/core';
import { idleLoopTurns } from '../../http/loop-turns.ts';
import type { HealthChecks } from '../../http/health-checks.ts';
import { TrafficLog } from '../../http/traffic-log.ts';
import { ClientConnection, type FrontSide, type HowItEnded, type OpenRequest } from './client-connection.ts';
import { ProgramConnection, type ResponseReceiver } from './program-connection.ts';

export interface FrontOptions {
  readonly clock: Clock;
  /** Where to listen; undefined: on every address. */
  readonly host: string | undefined;
  readonly port: number;
  readonly program: { readonly host: string; readonly port: number };
  /** How long a client connection may rest between two requests, in milliseconds. Above the balancer's own idle timeout, which must close first. */
  readonly idleMs: number;
  readonly healthChecks: HealthChecks;
  /** A request other than a health check came. */
  readonly onRequest: () => void;
  /** Something ended. */
  readonly onChange: () => void;
  /** A request ended without a whole answer, and it was not its client's doing. */
  readonly onUnanswered: (request: OpenRequest) => void;
}

/** Since the drain began. */
export interface FrontCounts {
  requestsAfterStart: number;
  answeredLingering: number;
  answeredDraining: number;
  abandoned: number;
  healthChecksAnswered: number;
}

/** A reverse proxy of one program: passes everything on as it came, knows what is open, and drains. Never sends a request twice. */
export class Front implements FrontSide {
  readonly traffic = new TrafficLog();
  readonly counts: FrontCounts = { requestsAfterStart: 0, answeredLingering: 0, answeredDraining: 0, abandoned: 0, healthChecksAnswered: 0 };
  readonly #options: FrontOptions;
  readonly #server: Server;
  readonly #connections = new Set<ClientConnection>();
  #phase: 'serving' | 'lingering' | 'closed' = 'serving';
  #openCount = 0;
  #accepts = 0;
  #closedAt = 0;
  #isSweeping = false;
  #cancelSweep: Cancel = () => {};

  private constructor(options: FrontOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Resolves once it listens; rejects with the system's error when it cannot. */
  static async listen(options: FrontOptions): Promise<Front> {
    const front = new Front(options);
    await new Promise<void>((resolve, reject) => {
      front.#server.once('error', reject);
      front.#server.listen({ port: options.port, ...(options.host === undefined ? {} : { host: options.host }) }, resolve);
    });
    // From here on an error is one accept that failed, for want of descriptors: the others go on.
    front.#server.on('error', () => {});
    front.#sweepNowAndThen();
    return front;
  }

  /** Requests other than health checks and tunnels that are open; once the door is closed, every connection that still may carry one. */
  get open(): number {
    return this.#phase === 'closed' ? Math.max(this.#connections.size, this.#openCount) : this.#openCount;
  }

  get openRequests(): readonly { readonly request: OpenRequest; readonly isTunnel: boolean }[] {
    return [...this.#connections].flatMap((connection) =>
      connection.open === undefined || connection.open.isHealthCheck ? [] : [{ request: connection.open, isTunnel: connection.isTunnel }],
    );
  }

  /** From now on health checks get 503, and every answer is the last of its connection. */
  announce(): void {
    this.#phase = 'lingering';
  }

  /** Empties the accept queue, then closes the door. */
  async close(boundMs: number): Promise<void> {
    await this.acceptQueueEmpty(boundMs);
    this.#server.close();
    this.#phase = 'closed';
    this.#closedAt = this.now();
    this.#changed();
  }

  acceptQueueEmpty(boundMs: number): Promise<void> {
    return idleLoopTurns({ turns: 20, boundMs, activity: () => this.#accepts, now: () => this.now() });
  }

  /** Not all at once: their clients come back at once, and all to the same targets. */
  endTunnels(spreadMs: number): void {
    const tunnels = [...this.#connections].filter(({ isTunnel }) => isTunnel);
    for (const [index, tunnel] of tunnels.entries()) this.#options.clock.schedule((index * spreadMs) / tunnels.length, () => tunnel.endTunnel());
  }

  destroyConnections(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Nothing answers any more; what is being said may be said to the end. */
  end(): void {
    this.#cancelSweep();
    this.#server.close();
  }

  // What its connections say.

  get isDraining(): boolean {
    return this.#phase !== 'serving';
  }

  now(): number {
    return this.#options.clock.now();
  }

  connectToProgram(receiver: ResponseReceiver): ProgramConnection {
    return new ProgramConnection({ ...this.#options.program, receiver, now: () => this.now() });
  }

  requested({ isHealthCheck }: OpenRequest): void {
    if (isHealthCheck) return;
    this.#openCount += 1;
    this.traffic.note(this.now());
    if (!this.isDraining) return;
    this.counts.requestsAfterStart += 1;
    this.#options.onRequest();
    this.#options.onChange();
  }

  healthChecked(address: string): boolean {
    this.#options.healthChecks.note(address, this.now());
    if (this.isDraining) this.counts.healthChecksAnswered += 1;
    return this.isDraining;
  }

  upgraded(): void {
    this.#changed();
  }

  over(request: OpenRequest, how: HowItEnded): void {
    if (request.isHealthCheck) return;
    this.#openCount -= 1;
    if (this.isDraining) {
      if (how === 'answered' && this.#phase === 'lingering') this.counts.answeredLingering += 1;
      else if (how === 'answered') this.counts.answeredDraining += 1;
      else if (how === 'abandoned') this.counts.abandoned += 1;
      else if (how === 'unanswered') this.#options.onUnanswered(request);
    }
    this.#changed();
  }

  closed(connection: ClientConnection): void {
    this.#connections.delete(connection);
    this.#changed();
  }

  #accept(socket: Socket): void {
    this.#accepts += 1;
    this.#connections.add(new ClientConnection(socket, this));
  }

  #changed(): void {
    if (!this.isDraining) return;
    this.#options.onChange();
    if (this.#phase === 'closed' && this.#openCount === 0) void this.#sweepIdle();
  }

  /** Ends the connections that nobody uses, once the door is closed and nothing else is open: until then the balancer may use any of them. */
  async #sweepIdle(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    // What the kernel has received already is no idle connection: let the loop read it first.
    const activity = (): number => this.#accepts + this.counts.requestsAfterStart;
    await idleLoopTurns({ turns: 3, boundMs: 100, activity, now: () => this.now() });
    this.#isSweeping = false;
    if (this.#openCount > 0) return;
    const now = this.now();
    for (const connection of this.#connections) {
      const hadItsChance = now >= Math.max(connection.acceptedAt, this.#closedAt) + GRACE_MS;
      if ((connection.isIdle && connection.hasBeenUsed) || (hadItsChance && (connection.isIdle || connection.isHalfWay))) connection.destroy();
    }
  }

  #sweepNowAndThen(): void {
    this.#cancelSweep = this.#options.clock.schedule(SWEEP_MS, () => {
      const now = this.now();
      for (const connection of this.#connections) connection.sweep(now, this.#options.idleMs);
      if (this.#phase === 'closed' && this.#openCount === 0) void this.#sweepIdle();
      this.#sweepNowAndThen();
    });
  }
}

const SWEEP_MS = 250;
/** For a connection that has not sent a whole request yet when the door closes. */
const GRACE_MS = 1_000;
