import { findFreePort } from '../../../src/lab/tasks/free-port.ts';

/** AWS wants to be told a port, where a test would rather listen on 0. */
export function freePort(): Promise<number> {
  return findFreePort(new Set());
}
