import http from 'node:http';
import { Worker, isMainThread } from 'node:worker_threads';
import { createLifecycle, protect } from '@spotproof/runtime';

if (isMainThread) {
  // Before the first thread: only the main thread hears SIGTERM, and it tells the others.
  createLifecycle();
  const threads = [1, 2].map(() => new Worker(new URL(import.meta.url)));
  for (const thread of threads) thread.on('error', (error) => console.error(error));
} else {
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    setTimeout(() => response.end(JSON.stringify(pathname.split('/').at(-1))), Number(searchParams.get('ms') ?? 0));
  });

  protect(server);
  // Each thread needs a port of its own: threads cannot share one as the workers of a cluster do.
  server.listen(0, () => console.log(`listening ${server.address().port}`));
}
