// A client of a process of its own for what wrk does not speak: `node drive.mjs http2|ws <port> <seconds>` keeps 32 exchanges open, as fast as they are
// answered, and prints {"requests": …, "seconds": …}. It exits 1 at the first error: a ratio of failures means nothing.
import { once } from 'node:events';
import http2 from 'node:http2';

const [kind, port, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const AT_ONCE = 32;
const startedAt = performance.now();
const endsAt = startedAt + seconds * 1_000;
let requests = 0;

if (kind === 'http2') {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const ask = async () => {
    while (performance.now() < endsAt) {
      const stream = session.request({ ':path': '/' });
      stream.resume();
      await once(stream, 'end');
      requests++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
} else {
  const { WebSocket } = await import('ws');
  const ask = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(socket, 'open');
    while (performance.now() < endsAt) {
      socket.send('seventeen octets\n');
      await once(socket, 'message');
      requests++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
}
console.log(JSON.stringify({ requests, seconds: (performance.now() - startedAt) / 1_000 }));
process.exit(0);
