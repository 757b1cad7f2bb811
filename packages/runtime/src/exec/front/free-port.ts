import { createServer } from 'node:net';

/** A TCP port that nobody listens on. Somebody could take it before it is used; ports are handed out in turn, so it does not happen in practice. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
