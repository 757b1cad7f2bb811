import type { OpenRequests } from '../http/open-requests.ts';
import type { Consumers } from './consumers.ts';
import type { GuardedServers } from './guarded-servers.ts';
import type { LossLog } from './loss-log.ts';
import type { LostItem } from './report.ts';
import type { TrackedWork } from './tracked-work.ts';

/** Everything that keeps the process here: requests, upgraded connections, tracked work, and what consumers run. */
export class OpenWork {
  readonly #parts: {
    readonly requests: OpenRequests;
    readonly servers: GuardedServers;
    readonly tracked: TrackedWork;
    readonly consumers: Consumers;
  };

  constructor(parts: {
    readonly requests: OpenRequests;
    readonly servers: GuardedServers;
    readonly tracked: TrackedWork;
    readonly consumers: Consumers;
  }) {
    this.#parts = parts;
  }

  /** While serving: requests are not followed one by one then, so the connections are asked. */
  get whileServing(): number {
    return this.#besidesRequests + this.#parts.servers.requestsInFlight;
  }

  get whileDraining(): number {
    return this.#besidesRequests + this.#parts.requests.size;
  }

  /** Work that is no request: what a scale-in would destroy although the balancer had let go. */
  get jobs(): number {
    return this.#parts.tracked.size + this.#parts.consumers.openCount;
  }

  /** Once nothing new can come in, a connection that still may carry a request counts as open work. */
  get afterListenersClosed(): number {
    const { tracked, consumers, servers } = this.#parts;
    return Math.max(tracked.size + consumers.openCount + servers.connectionCount, this.whileDraining);
  }

  /** Writes down by name all that is open: it is not going to be finished. */
  lose(options: { readonly losses: LossLog; readonly reason: LostItem['reason']; readonly now: number }): void {
    const { requests, servers, tracked, consumers } = this.#parts;
    const { losses, reason, now } = options;
    for (const { name, startedAt } of requests.takeAll()) losses.add({ kind: 'request', name, ageMs: now - startedAt, reason });
    for (const { upgradedBy, requestAt, handOver, socket, wasCut } of servers.connections()) {
      if (upgradedBy === undefined) continue;
      // The app has said all it had to say, and only the peer has not hung up.
      if (handOver !== undefined && !wasCut && socket.writableFinished) continue;
      const lost = { name: upgradedBy, ageMs: now - requestAt, reason };
      if (handOver === undefined) losses.add({ kind: 'upgraded-connection', ...lost });
      else losses.add({ kind: 'connection', ...lost, details: { bytesRead: socket.bytesRead, bytesWritten: socket.bytesWritten } });
    }
    for (const { name, details, startedAt } of tracked.takeAll()) {
      losses.add({ kind: 'work', name, ageMs: now - startedAt, reason, ...(details === undefined ? {} : { details }) });
    }
    for (const { consumer, name, startedAt } of consumers.takeAll()) {
      losses.add({ kind: 'work', name, ageMs: now - startedAt, reason, details: { consumer } });
    }
  }

  get #besidesRequests(): number {
    const { tracked, consumers, servers } = this.#parts;
    return tracked.size + consumers.openCount + servers.upgradedCount;
  }
}
