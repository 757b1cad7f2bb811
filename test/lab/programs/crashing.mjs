// Dies of its own accord some time after its start.
import { createServer } from 'node:http';

createServer((_request, response) => response.end('ok')).listen(Number(process.env.PORT));
setTimeout(() => {
  throw new Error('planted crash');
}, Number(process.env.CRASH_AFTER_MS));
