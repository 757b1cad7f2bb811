import type { Server as NetServer } from 'node:net';
import { assertProtectable, createLifecycle, healthPaths } from './create-lifecycle.ts';
import { isPlain, type ProtectableServer } from './http/protectable-server.ts';
import type { ProcessOptions } from './process/settings.ts';
import type { HealthPathOptions, Lifecycle } from './protection.ts';
import type { TcpOptions } from './tcp-goodbye.ts';

export interface ProtectOptions extends ProcessOptions, HealthPathOptions, TcpOptions {}

/**
 * Drains this process on SIGTERM and SIGINT without losing a request, whatever the load balancer does: keeps serving while the balancer still
 * sends, answers health checks with 503, then closes, releases your resources and exits before the stop timeout.
 *
 * Takes servers of `node:http`, `node:https`, `node:http2`, and of `node:net` and `node:tls`, of which each connection counts until it ends.
 * Call it before `server.listen()`. Several servers may be protected; they share one life.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for an option or environment value that cannot be meant, `SPOTPROOF_MISUSE` when two calls
 *   disagree about an option that holds for the whole process.
 *
 * @example
 * const server = http.createServer(app);
 * const life = protect(server);
 * life.hook('database', () => pool.end());
 * server.listen(8080);
 */
export function protect(server: ProtectableServer | NetServer, options: ProtectOptions = {}): Lifecycle {
  if (isPlain(server)) {
    const life = createLifecycle(options);
    life.tcp(server, options);
    return life;
  }
  // Before anything is set up: a wrong call must leave no trace.
  assertProtectable('protect()', server, 'node:http, node:https, node:http2, node:net or node:tls');
  healthPaths(options);
  const life = createLifecycle(options);
  life.http(server, options);
  return life;
}
