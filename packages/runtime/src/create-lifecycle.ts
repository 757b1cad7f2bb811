import type { Server as NetServer } from 'node:net';
import { SpotproofError } from '@spotproof/core';
import { sharedLoopWatch } from './health/loop-watch.ts';
import type { Readiness } from './health/readiness.ts';
import type { HealthPaths } from './http/health-paths.ts';
import { isPlain, isProtectable, type ProtectableServer } from './http/protectable-server.ts';
import type { SharedLifecycle } from './life/lifecycle.ts';
import { tellOfReadiness } from './life/readiness-words.ts';
import { sharedLifecycle } from './life/shared.ts';
import { bootWarning } from './platform/boot-warning.ts';
import { nodeProcess } from './process/door.ts';
import { invalid, type ProcessOptions } from './process/settings.ts';
import type { HealthPathOptions, Lifecycle } from './protection.ts';
import { sayGoodbye, type TcpOptions } from './tcp-goodbye.ts';

/**
 * The life cycle of this process, for one without an HTTP server or with more than that: servers, consumers, hooks and tracked work are added to it.
 * From here on SIGTERM and SIGINT drain. Called again, also by another copy of this package, it gives a view of the same life.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for an option or environment value that cannot be meant, `SPOTPROOF_MISUSE` when two calls
 *   disagree about an option.
 *
 * @example
 * const life = createLifecycle();
 * life.http(server);
 * life.consumer('orders', { stop: () => orders.pause(), drained: () => orders.idle() });
 * life.hook('database', () => pool.end());
 */
export function createLifecycle(options: ProcessOptions = {}): Lifecycle {
  const life = sharedLifecycle();
  life.configure(options);
  const warning = bootWarning({ door: nodeProcess, isPreload: false });
  if (warning !== undefined) life.warn(warning);
  return viewOf(life);
}

function viewOf(life: SharedLifecycle): Lifecycle {
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
    events: life.events,
    http<Server extends ProtectableServer>(server: Server, paths: HealthPathOptions = {}): Server {
      assertProtectable('life.http()', server);
      life.guard(server, healthPaths(paths));
      if (paths.readiness !== undefined) tellOfReadiness(life, paths.readiness);
      return server;
    },
    tcp<Server extends NetServer>(server: Server, options: TcpOptions = {}): Server {
      assertPlain('life.tcp()', server);
      life.guard(server, NO_PATHS);
      sayGoodbye(life, server, options);
      return server;
    },
    consumer: (name, options) => life.consumer(name, options),
    hook(name, hook, options) {
      const cancel = life.hook(name, hook, options);
      return { [Symbol.dispose]: cancel };
    },
    track: (name, details) => life.track(name, details),
    context: (request) => life.context(request),
    async [Symbol.asyncDispose]() {
      await life.drain('manual');
    },
  };
}

/** @param caller What the user called, for the error. */
export function assertProtectable(
  caller: string,
  server: unknown,
  kinds = 'node:http, node:https or node:http2',
): asserts server is ProtectableServer {
  if (isProtectable(server)) return;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `${caller} expects a server of ${kinds}, got ${nameOf(server)}. Pass what createServer() returned.`,
  );
}

function assertPlain(caller: string, server: unknown): asserts server is NetServer {
  if (isPlain(server)) return;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `${caller} expects a server of node:net or node:tls, got ${nameOf(server)}. Pass what createServer() returned; one that speaks HTTP goes to life.http().`,
  );
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` naming the option. */
export function healthPaths(options: HealthPathOptions): HealthPaths {
  const liveness = path('livenessPath', options.livenessPath, '/livez');
  return {
    readiness: path('readinessPath', options.readinessPath, '/readyz'),
    liveness,
    checks: options.readiness === undefined ? undefined : readinessOf(options.readiness),
    loop: liveness === undefined ? undefined : sharedLoopWatch(),
  };
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for something else: plain checks look alike, and would be ignored. */
function readinessOf(value: Readiness): Readiness {
  if (typeof value === 'object' && value !== null && 'ask' in value && 'rules' in value) return value;
  throw invalid('readiness', 'what readiness({ name: check }) returned', value);
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

const NO_PATHS: HealthPaths = { readiness: undefined, liveness: undefined };
