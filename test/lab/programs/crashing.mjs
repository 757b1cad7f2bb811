// Dies of its own accord after so many requests.
import { createServer } from 'node:http';

let left = Number(process.env.CRASH_AFTER_REQUESTS);
createServer((request, response) => {
  response.end('ok');
  if (request.headers['user-agent']?.startsWith('ELB-HealthChecker/')) return;
  left -= 1;
  if (left === 0) throw new Error('planted crash');
}).listen(Number(process.env.PORT));
