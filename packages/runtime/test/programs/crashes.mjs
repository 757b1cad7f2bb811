// An app around which things fail. MODE says what; PROTECT=no leaves the server alone (for auto).
import http from 'node:http';
import { subscribe } from 'node:diagnostics_channel';
import { protect } from '@spotproof/runtime';

const { MODE, PROTECT } = process.env;
const server = http.createServer((request, response) => {
  if (request.url === '/crash') setImmediate(() => fail('of a request'));
  if (request.url.startsWith('/slow')) {
    console.log('started', request.url);
    return void setTimeout(() => response.end('slow'), Number(new URL(request.url, 'http://x').searchParams.get('ms')));
  }
  return response.end('ok');
});
if (PROTECT !== 'no') protect(server);

function fail(what) {
  throw new Error(`failure ${what}`);
}

// What an app does in its handler of last resort: each is called with the exception that nobody caught.
const lastResorts = {
  'signals itself': () => process.kill(process.pid, 'SIGTERM'),
  'emits the signal': () => process.emit('SIGTERM', 'SIGTERM', 15),
  'is busy when the signal comes': () => {
    console.log('busy');
    const until = performance.now() + 700;
    while (performance.now() < until);
  },
  'exits in the drain': () => process.exit(9),
};
const lastResort = lastResorts[MODE];
if (lastResort !== undefined) {
  process.on('uncaughtException', (error) => {
    console.log('uncaught', error.message);
    lastResort();
  });
}
subscribe('spotproof:drain:phase', ({ phase }) => {
  console.log('phase', phase);
  if (phase !== 'lingering') return;
  if (MODE === 'exits in the drain' || MODE === 'nobody catches') setImmediate(() => fail('in the drain'));
  if (MODE === 'nobody handles the rejection') void Promise.reject(new Error('failure in the drain'));
});
server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));
