// A protected app on a platform. `/work` opens a piece of tracked work and `/done` ends it. Environment: DEREGISTER is done, fails or hangs, WANT=no
// leaves task protection out.
import http from 'node:http';
import { protect } from '@spotproof/runtime';

const say = (...words) => console.log(...words);
const deregister = {
  done: async (signal, task) => say('deregistered', task?.privateIpv4Address, signal.aborted),
  fails: () => {
    throw new Error('AccessDenied');
  },
  hangs: () => new Promise(() => {}),
}[process.env.DEREGISTER];
let work = [];
const server = http.createServer((request, response) => {
  if (request.url === '/work') work.push(life.track('import', { file: 'a.csv' }));
  if (request.url === '/done') work.pop()?.[Symbol.dispose]();
  response.end('app');
});
const life = protect(server, { taskProtection: process.env.WANT !== 'no', ...(deregister ? { deregisterTarget: deregister } : {}) });
life.draining.addEventListener('abort', () => say('draining'));
server.listen(0, '127.0.0.1', () => say('listening', server.address().port));
