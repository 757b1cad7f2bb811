// Answers with the order in which ticks, promises and the end of the request came to its handler.
import http from 'node:http';
import { protect } from '@spotproof/runtime';

const server = http.createServer((request, response) => {
  const order = [];
  request.resume();
  request.on('close', () => order.push('request closed'));
  void Promise.resolve().then(() => order.push('promise'));
  process.nextTick(() => order.push('tick'));
  setImmediate(() => setImmediate(() => response.end(order.join(', '))));
});
protect(server).draining.addEventListener('abort', () => console.log('draining'));
server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));
