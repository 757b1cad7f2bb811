// The app closes its server in the middle of the drain, from something that is no signal handler.
import { subscribe } from 'node:diagnostics_channel';
import http from 'node:http';

const server = http.createServer((request, response) => response.end('ok'));
subscribe('spotproof:drain:phase', ({ phase }) => {
  if (phase !== 'lingering') return;
  setTimeout(() => {
    server.close((error) => console.log('close callback', error));
    console.log('close called');
  }, 10);
});
server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));
