import { createServer } from 'node:http';
import { protect } from '@spotproof/runtime';
import { eventStreams } from '@spotproof/runtime/sse';

const server = createServer((request, response) => {
  const stream = streams.open(response);
  // A client that comes back says what it saw last.
  let id = Number(request.headers['last-event-id'] ?? 0);
  const ticking = setInterval(() => stream.send({ id: String(++id), data: `tick ${id}` }), 100);
  stream.closed.addEventListener('abort', () => clearInterval(ticking));
});

const life = protect(server);
const streams = eventStreams(life, { retryMs: 1_000 });

server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
