import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../loopback.ts';

/**
 * Whether a request comes from a program of this machine that meant to come here. The port is open to whatever runs here, so also to pages in a browser: one
 * whose name was bent to this address shows itself by the host that it asks for, any other by its origin.
 */
export function isForLoopback({ headers }: IncomingMessage): boolean {
  const { host, origin } = headers;
  return host !== undefined && isLoopback(`http://${host}`) && (origin === undefined || isLoopback(origin));
}
