// A server that answers for a long time: /holdings says what the process holds after a full collection.
import { EventEmitter } from 'node:events';
import http from 'node:http';
import { Socket } from 'node:net';
import { queryObjects } from 'node:v8';
import { readdirSync } from 'node:fs';
import { protect } from '@spotproof/runtime';

const server = http.createServer((request, response) => {
  if (request.url === '/holdings') return response.end(JSON.stringify(holdings(request.socket)));
  if (request.url === '/health') return response.end('fine');
  if (request.url === '/hang') return void response.on('close', () => {});
  request.resume();
  request.on('end', () => response.end('ok'));
});
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.on('data', (data) => socket.write(data));
  socket.on('end', () => socket.end());
  socket.on('error', () => {});
});
const life = protect(server);

function holdings(socket) {
  const listeners = (emitter) => emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
  return {
    sockets: queryObjects(Socket, { format: 'count' }),
    emitters: queryObjects(EventEmitter, { format: 'count' }),
    requests: queryObjects(http.IncomingMessage, { format: 'count' }),
    responses: queryObjects(http.ServerResponse, { format: 'count' }),
    heapOctets: process.memoryUsage().heapUsed,
    descriptors: readdirSync('/proc/self/fd').length,
    onProcess: listeners(process),
    onServer: listeners(server),
    onSocket: listeners(socket),
    inFlight: life.inFlight,
  };
}

server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));
