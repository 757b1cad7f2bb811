// A line protocol on plain TCP. Environment: PROTECT=no leaves it alone (for auto), GOODBYE=yes says goodbye, TLS=yes speaks TLS, HANDS_ON=yes gives
// its connections to an HTTP server, PIPE is a path where a second server listens.
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { subscribe } from 'node:diagnostics_channel';
import { protect } from '@spotproof/runtime';

const say = (...words) => console.log(...words);
const web = http.createServer((request, response) => response.end('web'));

function serve(socket) {
  if (process.env.HANDS_ON === 'yes') return void web.emit('connection', socket);
  socket.on('error', () => {});
  socket.on('data', (data) => {
    const text = String(data).trim();
    say('got', text);
    if (text === 'stall') {
      say('stalled');
      const until = performance.now() + 300;
      while (performance.now() < until);
    } else if (text === 'quit') socket.end('bye\n');
    else if (text.startsWith('slow')) setTimeout(() => socket.end(`done ${text}\n`), Number(text.split(' ')[1]));
    else socket.write(`echo ${text}\n`);
  });
}

const psk = { ciphers: 'PSK+HIGH', maxVersion: 'TLSv1.2', pskCallback: () => Buffer.from('0123456789abcdef') };
const server = process.env.TLS === 'yes' ? tls.createServer(psk, serve) : net.createServer(serve);
if (process.env.HANDS_ON === 'yes') protect(web);
const goodbye = (socket) => {
  say('goodbye to', socket.remotePort);
  if (process.env.THROWS === 'yes') throw new Error('no words');
  socket.end('421 going away\n');
};
if (process.env.PROTECT !== 'no') protect(server, process.env.GOODBYE === 'yes' ? { goodbye, spreadMs: 0 } : {});
subscribe('spotproof:drain:phase', ({ phase }) => say('phase', phase));
if (process.env.PIPE !== undefined) net.createServer().listen(process.env.PIPE, () => say('pipe'));
if (process.env.ONLY_PIPE !== 'yes') server.listen(0, '127.0.0.1', () => say('listening', server.address().port));
