import { ask } from '../../support/raw-client.ts';
import type { Program } from '../../support/program.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Has the app linger, looks at it meanwhile, and then ends the linger: a second SIGTERM does. */
export async function endLinger(app: Program, meanwhile: () => Promise<void>): Promise<void> {
  app.signal('SIGTERM');
  const signalledAt = performance.now();
  await waitFor('readiness says that it drains', async () => (await ask(app.port, '/readyz')).startsWith('HTTP/1.1 503'));
  await meanwhile();
  // The same signal within a quarter of a second counts once.
  await waitFor('a second signal counts as one', () => performance.now() - signalledAt > 300);
  app.signal('SIGTERM');
}
