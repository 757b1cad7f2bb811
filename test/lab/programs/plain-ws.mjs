// WebSockets with the SIGTERM handler of most articles.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const server = createServer((request, response) => response.end('hello\n'));
const sockets = new WebSocketServer({ server });
sockets.on('connection', (client) => {
  client.on('message', (message, isBinary) => client.send(message, { binary: isBinary }));
});
process.on('SIGTERM', () => {
  sockets.close();
  server.close();
  setTimeout(() => process.exit(0), 1000);
});
server.listen(Number(process.env.PORT));
