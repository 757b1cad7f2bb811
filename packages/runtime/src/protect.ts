import { SpotproofError } from '@spotproof/core';
import { isProtectable, type ProtectableServer } from './http/protectable-server.ts';
import { sharedLifecycle } from './life/shared.ts';
import { invalid, type ProcessOptions } from './process/settings.ts';
import type { Protection } from './protection.ts';

export interface ProtectOptions extends ProcessOptions {
  /** Answered here with 200, and with 503 from the start of a drain. Default `/readyz`; false leaves it to the app. */
  readonly readinessPath?: string | false;
  /** Answered here with 200, also while draining: the process is well, it only takes no new work. Default `/livez`; false leaves it to the app. */
  readonly livenessPath?: string | false;
}

/**
 * Drains this process on SIGTERM and SIGINT without losing a request, whatever the load balancer does: keeps serving while the balancer still
 * sends, answers health checks with 503, then closes, releases your resources and exits before the stop timeout.
 *
 * Call it before `server.listen()`. Several servers may be protected; they share one life.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for an option or environment value that cannot be meant, `SPOTPROOF_MISUSE` when two calls
 *   disagree about an option that holds for the whole process.
 *
 * @example
 * const server = http.createServer(app);
 * const protection = protect(server);
 * protection.hook('database', () => pool.end());
 * server.listen(8080);
 */
export function protect(server: ProtectableServer, options: ProtectOptions = {}): Protection {
  if (!isProtectable(server)) {
    throw new SpotproofError(
      'SPOTPROOF_CONFIG_INVALID',
      `protect() expects a server of node:http or node:https, got ${nameOf(server)}. Pass what createServer() returned.`,
    );
  }
  const paths = {
    readiness: path('readinessPath', options.readinessPath, '/readyz'),
    liveness: path('livenessPath', options.livenessPath, '/livez'),
  };
  const life = sharedLifecycle();
  life.configure(options);
  life.guard(server, paths);
  return {
    drain: (cause = 'manual') => life.drain(cause),
    destroy: () => life.destroy(),
    get phase() {
      return life.phase;
    },
    get inFlight() {
      return life.inFlight;
    },
    draining: life.draining,
    stop: life.stop,
    report: life.report,
    hook(name, hook, hookOptions) {
      const cancel = life.hook(name, hook, hookOptions);
      return { [Symbol.dispose]: cancel };
    },
    track: (name, details) => life.track(name, details),
  };
}

function path(option: string, value: unknown, fallback: string): string | undefined {
  if (value === undefined) return fallback;
  if (value === false) return undefined;
  if (typeof value === 'string' && value.startsWith('/') && !value.includes('?')) return value;
  throw invalid(option, 'a path that starts with "/" and has no query, or false', value);
}

function nameOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : String(value);
}
