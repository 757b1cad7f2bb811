/* oxlint-disable unicorn/require-post-message-target-origin -- That is for windows of a browser. */
// Two threads with a server each, and one that works without a server. Environment: PROTECT=code calls the package itself, MAIN=yes has a server in the
// main thread too, whose answers the working thread makes.
import http from 'node:http';
import { subscribe } from 'node:diagnostics_channel';
import { Worker, isMainThread, parentPort, threadId, workerData } from 'node:worker_threads';
import { createLifecycle, protect } from '@spotproof/runtime';

const byCode = process.env.PROTECT === 'code';

if (isMainThread) {
  const say = (...words) => console.log(...words);
  subscribe('spotproof:drain:phase', ({ phase }) => say('phase', phase));
  if (byCode) createLifecycle().hook('main', () => say('hook main'));
  const ports = [];
  let id = 0;
  const waiting = new Map();
  const start = (role) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { role } });
    worker.on('message', (message) => {
      if (message.port !== undefined) ports.push(message.port);
      if (message.say !== undefined) say(...message.say);
      if (message.done !== undefined) waiting.get(message.done)?.end('worked');
      if (ports.length === 2 && message.port !== undefined) ready();
    });
    worker.on('exit', (code) => say('thread ended', role, code));
    return worker;
  };
  start('server');
  start('server');
  const helper = start('helper');
  const ready = () => {
    if (process.env.MAIN !== 'yes') return say('listening', ports[0], ports[1]);
    const server = http.createServer((request, response) => {
      say('started', request.url);
      waiting.set(++id, response);
      helper.postMessage({ work: id, ms: Number(new URL(request.url, 'http://x').searchParams.get('ms') ?? 0) });
    });
    if (byCode) protect(server);
    server.listen(0, '127.0.0.1', () => say('listening', server.address().port, ports[0], ports[1]));
  };
} else {
  // A thread's console goes through the main thread and may be late.
  const say = (...words) => parentPort.postMessage({ say: words });
  subscribe('spotproof:drain:phase', ({ phase }) => say('thread', threadId, 'phase', phase));
  if (workerData.role === 'helper') {
    if (byCode) createLifecycle().hook('helper', () => say('hook helper'));
    parentPort.on('message', ({ work, ms }) => setTimeout(() => parentPort.postMessage({ done: work }), ms));
  } else {
    const server = http.createServer((request, response) => {
      say('started', request.url, 'in', threadId);
      if (request.url === '/die') process.exit(3);
      setTimeout(() => response.end(`thread ${threadId}`), Number(new URL(request.url, 'http://x').searchParams.get('ms') ?? 0));
    });
    if (byCode) protect(server).hook('thread', () => say('hook thread', threadId));
    server.listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port }));
  }
}
