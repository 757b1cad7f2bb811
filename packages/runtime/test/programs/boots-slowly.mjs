// Booting takes a while: STEP says when the signal is wanted, `before listen` in a turn of the loop, `blocked` while the loop stands still.
import http from 'node:http';
import { protect } from '@spotproof/runtime';

const server = http.createServer((request, response) => response.end('ok'));
if (process.env.PROTECT !== 'no') protect(server);
console.log('booting');
if (process.env.STEP === 'blocked') {
  const until = performance.now() + 1_000;
  while (performance.now() < until);
} else {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}
server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));
