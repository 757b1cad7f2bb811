// One app of each kind on PORT, with PROTECT=yes as the guides protect it: what the adapters cost beside the bare app.
import { createServer } from 'node:http';
import http2 from 'node:http2';

const { KIND, PROTECT } = process.env;
const port = Number(process.env.PORT);
const isProtected = PROTECT === 'yes';
const { protect } = isProtected ? await import('@spotproof/runtime') : {};
const body = 'seventeen octets\n';

const kinds = {
  async fastify() {
    const { default: fastify } = await import('fastify');
    const app = fastify();
    if (isProtected) await app.register((await import('@spotproof/runtime/fastify')).spotproof);
    app.get('/', async () => body);
    await app.listen({ port, host: '127.0.0.1' });
  },
  async express() {
    const { default: express } = await import('express');
    const app = express();
    app.get('/', (_request, response) => void response.end(body));
    serve(createServer(app));
  },
  http2() {
    serve(http2.createServer((_request, response) => void response.end(body)));
  },
  async ws() {
    const { WebSocketServer } = await import('ws');
    const server = createServer();
    const webSockets = new WebSocketServer({ server });
    webSockets.on('connection', (socket) => void socket.on('message', (data) => socket.send(data)));
    if (isProtected) (await import('@spotproof/runtime/ws')).protectWebSockets(webSockets, protect(server));
    server.listen(port, '127.0.0.1');
  },
};

function serve(server) {
  if (isProtected) protect(server);
  server.listen(port, '127.0.0.1');
}

await kinds[KIND]();
