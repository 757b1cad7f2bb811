// A cluster whose workers answer. Environment: WORKERS, PROTECT=code calls the package itself, SCHEDULING=none lets the workers share the socket,
// UNPROTECTED_WORKERS=yes has the primary alone call it, REFORK=yes replaces each worker that ends.
import cluster from 'node:cluster';
import http from 'node:http';
import { subscribe } from 'node:diagnostics_channel';
import { createLifecycle, protect } from '@spotproof/runtime';

const say = (...words) => console.log(...words);

if (cluster.isPrimary) {
  if (process.env.SCHEDULING === 'none') cluster.schedulingPolicy = cluster.SCHED_NONE;
  if (process.env.PROTECT === 'code') createLifecycle().hook('primary', () => say('hook primary'));
  const wanted = Number(process.env.WORKERS ?? 3);
  let listening = 0;
  cluster.on('listening', (worker, { port }) => {
    if (++listening === wanted) say('listening', port);
  });
  cluster.on('exit', (worker, code, signal) => {
    say('exit', worker.id, code, signal);
    if (process.env.REFORK === 'yes') say('forked', cluster.fork().id);
  });
  cluster.on('message', (worker, message) => {
    // What Node itself sends under a watch mode.
    if (message['watch:import'] !== undefined || message['watch:require'] !== undefined) return;
    if (message !== 'stall') return say('message', JSON.stringify(message));
    say('stalled');
    const until = performance.now() + 300;
    while (performance.now() < until);
  });
  subscribe('spotproof:drain:phase', ({ phase }) => say('phase', phase));
  // The last worker may end in the very moment in which the primary does.
  if (process.env.REFORK === 'yes') subscribe('spotproof:drain:report', () => say('forked', cluster.fork().id));
  for (let count = 0; count < wanted; count += 1) cluster.fork();
} else {
  const { id } = cluster.worker;
  process.on('message', (message) => say('worker message', JSON.stringify(message)));
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://x');
    say('started', request.url, 'by', id);
    if (url.pathname === '/pid') return response.end(`worker ${process.pid}`);
    if (url.pathname === '/stall') process.send('stall');
    if (url.pathname === '/die') process.kill(process.pid, 'SIGKILL');
    setTimeout(() => response.end(`worker ${id}`), Number(url.searchParams.get('ms') ?? 0));
  });
  if (process.env.PROTECT === 'code' && process.env.UNPROTECTED_WORKERS === undefined) protect(server).hook('worker', () => say('hook worker', id));
  subscribe('spotproof:drain:phase', ({ phase }) => say('worker', id, 'phase', phase));
  server.listen(0, '127.0.0.1', () => say('worker', id, 'listens'));
}
