// Hooks of every temper. MODE picks them.
import http from 'node:http';
import { protect } from '@spotproof/runtime';

const server = http.createServer((request, response) => {
  if (request.url !== '/work') return response.end('ok');
  work ??= protection.track('import', { file: 'a.csv' });
  return response.end('working');
});
let work;
const protection = protect(server, { exit: process.env.EXIT !== 'no' });
const hook = (name, fn, options) => protection.hook(name, (context) => (console.log('hook', name), fn(context)), options);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const modes = {
  order() {
    hook('first', () => pause(20));
    hook('second', () => {});
    hook('logs', () => {}, { phase: 'flush' });
    hook('third', async () => pause(50));
  },
  bad() {
    hook('last', () => {});
    hook('throws', () => {
      throw new Error('no connection');
    });
    hook('rejects', () => Promise.reject(new Error('refused')));
    hook('hangs', ({ signal }) => new Promise(() => signal.addEventListener('abort', () => console.log('aborted', signal.reason.code))), {
      timeoutMs: 100,
    });
    hook('hangs for ever', () => new Promise(() => {}));
  },
  exits() {
    hook('never reached', () => {});
    hook('exits', () => process.exit(3));
  },
  context() {
    hook('context', ({ deadline, remainingMs, signal }) => {
      const left = deadline - Date.now();
      console.log('context', left > 0 && left < 4_000, remainingMs() > 0, signal.aborted);
    });
  },
  removed() {
    const handle = protection.hook('removed', () => console.log('hook removed'));
    handle[Symbol.dispose]();
  },
};
modes[process.env.MODE ?? 'order']();
process.on('message', () => {});
void protection.report.then((report) => console.log('report', report.outcome));
server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));
if (process.env.DISPOSE_AFTER !== undefined) setTimeout(() => work?.[Symbol.dispose](), Number(process.env.DISPOSE_AFTER));
