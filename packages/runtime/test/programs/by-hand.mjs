import http from 'node:http';
import { protect } from '@spotproof/runtime';

const server = http.createServer((request, response) => response.end('ok'));
const protection = protect(server);
protection.track('endless');
server.listen(0, '127.0.0.1', () => {
  console.log('listening', server.address().port);
  const first = protection.drain();
  console.log('same promise:', first === protection.drain('fatal-error') && first === protection.report);
  setTimeout(() => protection.destroy(), 200);
});
