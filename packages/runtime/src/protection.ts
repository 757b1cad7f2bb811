import type { EventEmitter } from 'node:events';
import type { Server as NetServer } from 'node:net';
import type { DrainCause, DrainPhase } from '@spotproof/core/drain';
import type { Readiness } from './health/readiness.ts';
import type { ProtectableServer } from './http/protectable-server.ts';
import type { LifecycleEvents } from './life/channels.ts';
import type { ConsumerHandle, ConsumerOptions } from './life/consumer.ts';
import type { Hook, HookOptions } from './life/hooks.ts';
import type { DrainReport } from './life/report.ts';
import type { ContextRequest, RequestContext } from './life/request-context.ts';
import type { WorkDetails } from './life/tracked-work.ts';
import type { TcpOptions } from './tcp-goodbye.ts';

/** Paths that a protected server answers itself. */
export interface HealthPathOptions {
  /** Answered here with 200, and with 503 from the start of a drain. Default `/readyz`; false leaves it to the app. */
  readonly readinessPath?: string | false;
  /** What the readiness path answers while serving: made by `readiness()`. Default: always ready. */
  readonly readiness?: Readiness;
  /**
   * Answered here with 200, also while draining: the process is well, it only takes no new work. 503 when the event loop stood still for most of the
   * last half minute. Default `/livez`; false leaves it to the app.
   */
  readonly livenessPath?: string | false;
}

/** The life of this process, as user code sees it. All that is protected in a process shares one, whichever copy of this package did it. */
export interface Protection {
  /** Drains now, with the whole budget from here on. Safe to call again; the first cause is kept. */
  drain(cause?: DrainCause): Promise<DrainReport>;
  /** Ends everything that is open at once, without hooks, and counts it as lost. */
  destroy(): void;
  /** Where in its life the process is. */
  readonly phase: DrainPhase;
  /** Requests (other than health checks), upgraded connections, tracked work and what consumers run now. */
  readonly inFlight: number;
  /** Aborted when the drain begins: *please wrap up*. The reason is a `SPOTPROOF_DRAINING` error. */
  readonly draining: AbortSignal;
  /** Aborted shortly before connections are cut: *stop now*. The reason is a `SPOTPROOF_STOP` error. */
  readonly stop: AbortSignal;
  /** Resolves when a drain is over; never before one was begun. */
  readonly report: Promise<DrainReport>;
  /** Tells of each phase, each loss and the report. The channels of `node:diagnostics_channel` tell the same without an object at hand. */
  readonly events: EventEmitter<LifecycleEvents>;
  /**
   * Runs `hook` after the last request has been answered and the last consumer is done. Resources are released in reverse order of registration,
   * each within its own deadline, and one that throws or hangs is reported without stopping the others.
   *
   * @returns A handle that takes the hook away again.
   */
  hook(name: string, hook: Hook, options?: HookOptions): Disposable;
  /**
   * Counts work that is no HTTP request as open until it is disposed; left over at the end, it is named in the report.
   *
   * @example using work = life.track('import', { file });
   */
  track(name: string, details?: WorkDetails): Disposable;
}

/** All that `createLifecycle()` and `protect()` give. `await using` drains at the end of the block. */
export interface Lifecycle extends Protection, AsyncDisposable {
  /**
   * Protects this server, to be called before it listens.
   *
   * @returns The same server.
   * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for something that is no server of `node:http`, `node:https` or `node:http2`.
   */
  http<Server extends ProtectableServer>(server: Server, paths?: HealthPathOptions): Server;
  /**
   * Protects a server of `node:net` or `node:tls`, to be called before it listens. Each connection is open work until it ends.
   *
   * @returns The same server.
   * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for something else.
   */
  tcp<Server extends NetServer>(server: Server, options?: TcpOptions): Server;
  /**
   * Something that takes work from elsewhere: a queue, a stream, a schedule. A drain stops it before anything else, waits for what it runs, and has it
   * hand back what cannot finish.
   *
   * @returns A handle that takes the consumer away again, as long as no drain has begun.
   *
   * @example life.consumer('orders', { stop: () => reader.pause(), drained: () => reader.idle(), handBack: () => reader.release() });
   */
  consumer(name: string, options: ConsumerOptions): ConsumerHandle;
  /** The drain as one request sees it, made when it is asked for. Its signals go away with the request. */
  context(request: ContextRequest): RequestContext;
}
