// Something that is no signal handler calls process.exit in the middle of the drain.
import { subscribe } from 'node:diagnostics_channel';
import http from 'node:http';

const server = http.createServer((request, response) => response.end('ok'));
subscribe('spotproof:drain:phase', ({ phase }) => {
  if (phase !== 'lingering') return;
  setTimeout(() => {
    process.exit(4);
    console.log('after exit');
  }, 10);
});
server.listen(0, '127.0.0.1', () => {
  console.log('listening', server.address().port);
  if (process.env.EXIT_NOW === 'yes') process.exit(5);
});
