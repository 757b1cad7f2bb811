// Environment: OPTIONS are protectWebSockets()'s; BEFORE names a beforeClose of the table below.
import { createServer } from 'node:http';
import { subscribe } from 'node:diagnostics_channel';
import { protect } from '@spotproof/runtime';
import { protectWebSockets } from '@spotproof/runtime/ws';
import { WebSocketServer } from 'ws';

const beforeCloses = {
  throws: () => {
    throw new Error('no farewell');
  },
  hangs: (client) => {
    client.send('waiting');
    return new Promise(() => {});
  },
};

const server = createServer((request, response) => response.end('hello'));
const sockets = new WebSocketServer({ server });
sockets.on('connection', (client) => client.on('message', (message, isBinary) => client.send(message, { binary: isBinary })));
const before = beforeCloses[process.env.BEFORE];
const life = protect(server);
protectWebSockets(sockets, life, { ...JSON.parse(process.env.OPTIONS ?? '{}'), ...(before && { beforeClose: before }) });
subscribe('spotproof:drain:phase', ({ phase }) => console.log('phase', phase));
server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));
