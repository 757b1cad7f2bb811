import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createLifecycle } from '../create-lifecycle.ts';
import { isProtectable, speaksHttp2 } from '../http/protectable-server.ts';
import { invalid, type ProcessOptions } from '../process/settings.ts';
import type { Lifecycle } from '../protection.ts';

export interface GrpcOptions extends ProcessOptions {
  /** The server's health service: a `HealthImplementation` of `grpc-health-check`, or anything else with its `setStatus`. */
  readonly health?: HealthStatuses;
  /** Services that turn to `NOT_SERVING` when the drain begins. Default: the server as a whole, whose name is the empty string. */
  readonly healthServices?: readonly string[];
}

/** What is used of a health service. */
export interface HealthStatuses {
  setStatus(service: string, status: 'NOT_SERVING'): void;
}

/** What is used of a `Server` of the package `@grpc/grpc-js`. */
export interface GrpcServer {
  bindAsync(port: string, credentials: never, callback: (error: Error | null, port: number) => void): void;
  forceShutdown(): void;
}

/**
 * Drains a gRPC server with the process. From SIGTERM on its health service says `NOT_SERVING`, clients are told to open their next call elsewhere, and calls
 * that come all the same are served until lingering ends. Then calls in flight are finished as far as the budget goes; what is left is reported by name and
 * cut by `forceShutdown()`. Call it before `bindAsync()`.
 *
 * Leave `tryShutdown()` to this: it closes the door at once, and waits for ever.
 *
 * A stream that goes on for ever keeps the process until its budget is used up, unless it ends when `life.draining` or `life.stop` is aborted. Calls of the
 * health service itself are not waited for.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`, and as `protect()` does.
 *
 * @example
 * const server = new Server();
 * const life = protectGrpc(server, { health });
 * server.bindAsync('0.0.0.0:50051', ServerCredentials.createInsecure(), () => {});
 */
export function protectGrpc(server: GrpcServer, options: GrpcOptions = {}): Lifecycle {
  if (typeof server?.bindAsync !== 'function' || typeof server.forceShutdown !== 'function')
    throw invalid('server', 'a Server of "@grpc/grpc-js"', server);
  const { health, healthServices = [''], ...processOptions } = options;
  if (health !== undefined && typeof health.setStatus !== 'function') throw invalid('health', 'an object with setStatus(service, status)', health);
  if (!Array.isArray(healthServices)) throw invalid('healthServices', 'a list of service names', healthServices);
  const life = createLifecycle(processOptions);
  protectWhatListens(server, life);
  if (health !== undefined) {
    const turn = (): void => {
      for (const service of healthServices) health.setStatus(service, 'NOT_SERVING');
    };
    if (life.draining.aborted) turn();
    else life.draining.addEventListener('abort', turn, { once: true });
  }
  life.hook('grpc', () => server.forceShutdown());
  return life;
}

/** A gRPC server keeps its HTTP/2 servers to itself, one for each address. They are those that begin to listen while it binds. */
function protectWhatListens(server: GrpcServer, life: Lifecycle): void {
  const bindAsync = server.bindAsync.bind(server);
  let binding = 0;
  const guard = (message: unknown): void => {
    const listening: unknown = typeof message === 'object' && message !== null && 'server' in message ? message.server : undefined;
    // gRPC has a health service of its own; no path of ours belongs to it.
    if (isProtectable(listening) && speaksHttp2(listening)) life.http(listening, { readinessPath: false, livenessPath: false });
  };
  const bound = (): void => {
    binding -= 1;
    if (binding === 0) unsubscribe(LISTEN, guard);
  };
  server.bindAsync = (port, credentials, callback) => {
    if (binding === 0) subscribe(LISTEN, guard);
    binding += 1;
    try {
      bindAsync(port, credentials, (error, boundPort) => {
        bound();
        callback(error, boundPort);
      });
    } catch (error) {
      bound();
      throw error;
    }
  };
}

const LISTEN = 'tracing:net.server.listen:asyncStart';
