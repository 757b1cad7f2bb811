import { subscribe } from 'node:diagnostics_channel';
import { isMainThread } from 'node:worker_threads';
import { isProtectable } from '../http/protectable-server.ts';
import { bootWarning } from '../platform/boot-warning.ts';
import { nodeProcess } from '../process/door.ts';
import { watchRegistrations } from '../process/signal-hold.ts';
import { protectOpened } from './protect-opened.ts';

/**
 * Waits for the app to open an HTTP server, and until then does nothing that could be noticed: `NODE_OPTIONS` brings this into npm, build tools and
 * every other Node process too.
 */
export function preload(): void {
  const holder = globalThis as typeof globalThis & { [PRELOADED]?: true };
  // Signals belong to the main thread, and a second copy would protect the same servers again.
  if (!isMainThread || holder[PRELOADED] === true || nodeProcess.env('SPOTPROOF') === 'off') return;
  holder[PRELOADED] = true;
  // Now and not at the first listen: the app may take long to boot, and nobody must have to wait for this.
  const warning = bootWarning({ door: nodeProcess, isPreload: true });
  if (warning !== undefined) nodeProcess.writeError(`spotproof: ${warning}`);
  watchRegistrations();
  subscribe('tracing:net.server.listen:asyncStart', (message) => {
    const server: unknown = typeof message === 'object' && message !== null && 'server' in message ? message.server : undefined;
    if (isProtectable(server)) protectOpened(server, nodeProcess);
  });
}

const PRELOADED = Symbol.for('spotproof.auto@1');
