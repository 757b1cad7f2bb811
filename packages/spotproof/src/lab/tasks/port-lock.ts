import { createServer } from 'node:net';

/**
 * Keeps other labs of this machine from handing out the same port before its task listens. By a name in the system's table of abstract sockets, which goes
 * with this process however that ends. Only Linux has them; elsewhere nothing is locked.
 *
 * @returns Unlocks. Undefined if another lab has the port.
 */
export function lockPort(port: number): Promise<(() => void) | undefined> {
  if (process.platform !== 'linux') return Promise.resolve(() => {});
  return new Promise((resolve) => {
    const lock = createServer();
    lock.once('error', () => resolve(undefined));
    lock.listen(`\0spotproof-lab-port-${port}`, () => resolve(() => lock.close()));
    lock.unref();
  });
}
