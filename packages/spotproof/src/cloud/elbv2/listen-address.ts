import { createServer } from 'node:net';

export type ListenAnswer = 'free' | 'taken' | 'not-allowed' | 'no-such-address';

/** Whether this process could listen there, found out by doing it. */
export function tryToListen(host: string, port: number): Promise<ListenAnswer> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('taken');
      else resolve(error.code === 'EACCES' ? 'not-allowed' : 'no-such-address');
    });
    server.listen(port, host, () => server.close(() => resolve('free')));
  });
}
