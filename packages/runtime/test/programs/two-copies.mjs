// Two copies of the built package in one process: FIRST and SECOND are their folders. PRELOADED=yes: the first one is there by `--import` of its auto.
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const load = async (folder) => await import(pathToFileURL(path.join(folder, 'dist/index.js')));
const listen = (server, word) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(console.log(word, server.address().port))));
const second = await load(process.env.SECOND);
const servers = [http.createServer((request, response) => response.end('one')), http.createServer((request, response) => response.end('two'))];

const life = second.protect(servers[0], { stopTimeoutSeconds: 5 });
life.hook('of the second', () => console.log('hook of the second'));
life.consumer('queue', { stop: () => console.log('stop') });
if (process.env.PRELOADED !== 'yes') {
  const first = await load(process.env.FIRST);
  const same = first.protect(servers[1]);
  same.hook('of the first', () => console.log('hook of the first'));
  same.events.on('phase', ({ phase }) => console.log('event', phase));
  console.log('agree', first.createLifecycle !== second.createLifecycle, same.report === life.report, same.stop === life.stop);
}
await listen(servers[1], 'other');
await listen(servers[0], 'listening');
console.log('handlers', process.listenerCount('SIGTERM'));
