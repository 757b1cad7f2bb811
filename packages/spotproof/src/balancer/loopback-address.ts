import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * The address from which node `index` (0, 1, …) connects: 127.0.0.2, 127.0.0.3, …, so that a target can tell the nodes apart, as it can on AWS.
 * Undefined where the system has only one loopback address (macOS); then all nodes look the same.
 */
export async function loopbackAddress(index: number): Promise<string | undefined> {
  const host = `127.0.0.${index + 2}`;
  const probe = createServer();
  try {
    probe.listen(0, host);
    await once(probe, 'listening');
    return host;
  } catch {
    return undefined;
  } finally {
    probe.close();
  }
}
