// An HTTP app with answers of every kind. Environment: PROTECT=no leaves it alone (for auto), OPTIONS are protect()'s, TLS=yes speaks https,
// STALL_AT blocks the loop for a second, so long into the linger, KEEP_ALIVE_MS sets keepAliveTimeout, HANDLER names what the app itself does on SIGTERM,
// HIDDEN=yes adds a listener that hides itself from `process.listeners`, as tsx does.
import http from 'node:http';
import https from 'node:https';
import { subscribe } from 'node:diagnostics_channel';
import { protect } from '@spotproof/runtime';

const say = (...words) => console.log(...words);

function stall(ms) {
  say('stalled');
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function answer(request, response) {
  const url = new URL(request.url, 'http://x');
  const ms = Number(url.searchParams.get('ms') ?? 0);
  switch (url.pathname) {
    case '/slow':
      say('started', request.url);
      return void setTimeout(() => response.end('slow'), ms);
    case '/stream': {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('begin\n');
      say('started', request.url);
      return void setTimeout(() => response.end('end\n'), ms);
    }
    case '/stall': {
      response.end('stalling');
      return void setTimeout(() => stall(ms), 20);
    }
    case '/end-after-stall':
      say('started', request.url);
      return void setTimeout(() => {
        stall(ms);
        response.end('late');
      }, 300);
    case '/upload': {
      let bytes = 0;
      request.on('data', (chunk) => (bytes += chunk.length));
      request.on('end', () => response.end(String(bytes)));
      return;
    }
    case '/resident':
      return response.end(String(process.memoryUsage.rss()));
    case '/reject':
      response.statusCode = 413;
      return response.end('too large');
    case '/flag':
      return response.end(JSON.stringify({ keepAliveTimeout: server.keepAliveTimeout, inFlight: protection?.inFlight, phase: protection?.phase }));
    default:
      say('request', request.url);
      return response.end(`app ${request.method} ${request.url}`);
  }
}

const server =
  process.env.TLS === 'yes'
    ? https.createServer({ ciphers: 'PSK+HIGH', maxVersion: 'TLSv1.2', pskCallback: () => Buffer.from('0123456789abcdef') }, answer)
    : http.createServer(answer);
server.on('upgrade', (request, socket) => {
  say('upgraded', request.url);
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.on('data', (data) => socket.write(data));
  if (request.url === '/polite') socket.on('end', () => socket.end());
  socket.on('error', () => {});
});
if (process.env.KEEP_ALIVE_MS !== undefined) server.keepAliveTimeout = Number(process.env.KEEP_ALIVE_MS);
const protection = process.env.PROTECT === 'no' ? undefined : protect(server, JSON.parse(process.env.OPTIONS ?? '{}'));
protection?.draining.addEventListener('abort', () => say('draining', protection.draining.reason.code));
protection?.stop.addEventListener('abort', () => say('stop', protection.stop.reason.code));
subscribe('spotproof:drain:phase', ({ phase, afterMs }) => {
  say('phase', phase, Math.round(afterMs));
  if (phase === 'lingering' && process.env.STALL_AT !== undefined) setTimeout(() => stall(1_000), Number(process.env.STALL_AT));
});

const handlers = {
  usual: () => {
    say('handler ran');
    server.close(() => process.exit(0));
  },
  careful: () => {
    say('handler ran');
    server.close((error) => {
      say('closed', error?.code ?? 'without error');
      process.exit(error ? 1 : 0);
    });
  },
  event: () => {
    say('handler ran');
    server.close();
    server.on('close', () => process.exit(0));
  },
  empty: () => {
    say('handler ran');
    server.close();
  },
  hangs: () => {
    say('handler ran');
    setInterval(() => {}, 1000);
  },
  code: () => process.exit(7),
  throws: () => {
    throw new Error('handler failed');
  },
};
if (process.env.HIDDEN === 'yes') {
  const hidden = (signal) => say('hidden listener', signal);
  process.prependListener('SIGTERM', hidden);
  const listeners = process.listeners.bind(process);
  process.listeners = (event) => listeners(event).filter((listener) => listener !== hidden);
}
if (process.env.HANDLER === 'event') server.on('close', () => say('close event'));
if (process.env.HANDLER !== undefined) process[process.env.ONCE === 'yes' ? 'once' : 'on']('SIGTERM', handlers[process.env.HANDLER]);

server.listen(0, '127.0.0.1', () => say('listening', server.address().port));
