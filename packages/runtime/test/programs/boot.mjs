// Says so as the first thing it does, listens, and ends by itself: PROTECT=yes by a drain, otherwise by `process.exit`.
import { writeSync } from 'node:fs';
import http from 'node:http';

writeSync(2, 'app begins\n');
const server = http.createServer();
if (process.env.PROTECT === 'yes') {
  const { protect } = await import('@spotproof/runtime');
  const life = protect(server);
  server.listen(0, '127.0.0.1', () => void life.drain());
} else {
  server.listen(0, '127.0.0.1', () => setImmediate(() => setImmediate(() => process.exit(0))));
}
