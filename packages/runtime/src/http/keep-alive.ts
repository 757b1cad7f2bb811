import type { Server as NetServer } from 'node:net';
import { isProtectable } from './protectable-server.ts';

/**
 * Makes the server keep idle connections for longer than the balancer does. Whoever closes first loses the race: a balancer that sends on a
 * connection which the target is just closing gets a reset, and its client a 502, with no interruption involved (AWS: "HTTP 502: Bad gateway",
 * target closed the connection; the target's keep-alive must exceed the balancer's idle timeout).
 *
 * Only Node's own default is changed. A value that the user chose is left alone, and the sentence returned says what is wrong with it.
 */
export function raiseKeepAlive(server: NetServer, balancerIdleMs: number): string | undefined {
  // HTTP/2 has none. With `allowHTTP1` such a server has it too from Node 24 on; before, it never closes an idle connection.
  if (!isProtectable(server) || !('keepAliveTimeout' in server)) return undefined;
  const current = server.keepAliveTimeout;
  // 0 means that the server never closes an idle connection.
  if (typeof current !== 'number' || current === 0 || current > balancerIdleMs) return undefined;
  const wantedMs = balancerIdleMs + MARGIN_MS;
  if (current === NODE_DEFAULT_MS || raisedTo.get(server) === current) {
    server.keepAliveTimeout = wantedMs;
    raisedTo.set(server, wantedMs);
    return undefined;
  }
  return (
    `keepAliveTimeout is ${current} ms, not above the balancer's idle timeout of ${balancerIdleMs} ms: the balancer will reuse connections that this server ` +
    `is closing, which gives 502 errors now and then. Set server.keepAliveTimeout = ${wantedMs}.`
  );
}

/** The same in Node 20, 22 and 24. */
const NODE_DEFAULT_MS = 5_000;
const MARGIN_MS = 5_000;

/** What was set here before, so that it is not taken for the user's choice when the balancer's idle timeout becomes known later. */
const raisedTo = new WeakMap<NetServer, number>();
