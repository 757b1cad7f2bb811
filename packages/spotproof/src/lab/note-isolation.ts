import type { Lab } from './lab.ts';
import type { Isolation } from './tasks/isolation.ts';

/** Says how tasks are kept apart, and what that changes for whoever reads the figures. */
export function noteIsolation({ listener, journal }: Lab, isolation: Isolation): void {
  const why = isolation.kind === 'keeper' ? isolation.why : undefined;
  listener.onProgress({ type: 'isolation', pidNamespaces: why === undefined, why });
  if (why === undefined) return;
  journal.warn(
    `Tasks run without PID namespaces of their own (${why}). A container differs: there an app without a SIGTERM handler ignores the signal and is killed, and npm or a shell in front of it takes it down.`,
  );
}
