import { subscribe } from 'node:diagnostics_channel';
import { isPlain, isProtectable } from '../http/protectable-server.ts';
import { bootWarning, isPackageManager } from '../platform/boot-warning.ts';
import { onFirstFork } from '../process/cluster.ts';
import { nodeProcess } from '../process/door.ts';
import { announceToScripts, onFirstChild } from '../process/package-manager.ts';
import { watchRegistrations } from '../process/signal-registrations.ts';
import { isMainThread, sharedThreads } from '../process/threads.ts';
import { withDrain } from './load-drain.ts';

/**
 * Waits for the app to open an HTTP server, and until then does nothing that could be noticed: `NODE_OPTIONS` brings this into npm, build tools and
 * every other Node process too.
 */
export function preload(): void {
  const holder = globalThis as typeof globalThis & { [PRELOADED]?: true };
  // A second copy would protect the same servers again.
  if (holder[PRELOADED] === true || nodeProcess.env('SPOTPROOF') === 'off') return;
  holder[PRELOADED] = true;
  if (isMainThread) watchProcess();
  subscribe('tracing:net.server.listen:asyncStart', (message) => {
    const server: unknown = typeof message === 'object' && message !== null && 'server' in message ? message.server : undefined;
    if (isProtectable(server) || (isPlain(server) && isOnTcp(message))) withDrain(({ protectOpened }) => protectOpened(server, nodeProcess));
  });
}

/** Signals, the process and what it starts belong to the main thread. */
function watchProcess(): void {
  // Now and not at the first listen: the app may take long to boot, and nobody must have to wait for this.
  const warning = bootWarning({ door: nodeProcess, isPreload: true });
  if (warning !== undefined) nodeProcess.writeError(`spotproof: ${warning}`);
  if (isPackageManager()) {
    announceToScripts();
    onFirstChild(() => {
      import('./hand-on.ts').then(
        ({ handOn }) => handOn(nodeProcess),
        (error: unknown) => nodeProcess.writeError(`spotproof: signals are not handed on: ${String(error)}`),
      );
    });
  }
  watchRegistrations();
  onFirstFork(() => withDrain(({ protectCluster }) => protectCluster(nodeProcess)));
  sharedThreads().listen({ message: () => withDrain(({ protectThreads }) => protectThreads(nodeProcess)), ended: () => {} });
}

/** Pipes and sockets in the file system are for other processes of this machine, which no balancer sends. */
function isOnTcp(message: unknown): boolean {
  const options: unknown = typeof message === 'object' && message !== null && 'options' in message ? message.options : undefined;
  return typeof options === 'object' && options !== null && 'port' in options && options.port !== undefined;
}

const PRELOADED = Symbol.for('spotproof.auto@1');
