import { createServer } from 'node:http';
import { protect } from '@spotproof/runtime';
import { protectWebSockets } from '@spotproof/runtime/ws';
import { WebSocketServer } from 'ws';

const server = createServer((request, response) => response.end('hello\n'));
const sockets = new WebSocketServer({ server });
sockets.on('connection', (client) => {
  client.on('message', (message, isBinary) => client.send(message, { binary: isBinary }));
});

const life = protect(server);
protectWebSockets(sockets, life, { beforeClose: (client) => client.send('see you elsewhere') });

server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
