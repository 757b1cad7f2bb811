// An HTTP/2 app. Environment: MODE is h2c, tls or mixed (TLS with allowHTTP1), API is stream (node:http2's own events) or request (the compatible
// ones), PROTECT=no leaves it alone (for auto), OPTIONS are protect()'s, HANDLER=usual closes the server on SIGTERM as most apps do.
import http2 from 'node:http2';
import { subscribe } from 'node:diagnostics_channel';
import { protect } from '@spotproof/runtime';

const { MODE = 'h2c', API = 'stream', PROTECT, HANDLER, OPTIONS = '{}' } = process.env;
const say = (...words) => console.log(...words);

function answer({ path, method }, respond) {
  const url = new URL(path, 'http://x');
  const ms = Number(url.searchParams.get('ms') ?? 0);
  if (url.pathname === '/slow') {
    say('started', path);
    setTimeout(() => respond('slow'), ms);
  } else if (url.pathname === '/flag') {
    respond(JSON.stringify({ inFlight: protection?.inFlight, phase: protection?.phase }));
  } else {
    say('request', path);
    respond(`app ${method} ${path}`);
  }
}

function onStream(stream, headers) {
  stream.on('error', () => {});
  if (headers[':path'] === '/upload') {
    let bytes = 0;
    stream.on('data', (chunk) => (bytes += chunk.length));
    stream.on('end', () => {
      stream.respond({ ':status': 200 });
      stream.end(String(bytes));
    });
    return;
  }
  if (headers[':path'] === '/big') {
    say('started', '/big');
    stream.respond({ ':status': 200 });
    for (let index = 0; index < 160; index += 1) stream.write(Buffer.alloc(50_000, index));
    stream.end();
    return;
  }
  answer({ path: headers[':path'], method: headers[':method'] }, (body) => {
    if (stream.destroyed) return;
    stream.respond({ ':status': 200 });
    stream.end(body);
  });
}

const tls = { ciphers: 'PSK+HIGH', maxVersion: 'TLSv1.2', pskCallback: () => Buffer.from('0123456789abcdef') };
const server = MODE === 'h2c' ? http2.createServer() : http2.createSecureServer({ ...tls, allowHTTP1: MODE === 'mixed' });
if (API === 'stream') server.on('stream', onStream);
else server.on('request', (request, response) => answer({ path: request.url, method: request.method }, (body) => response.end(body)));

const protection = PROTECT === 'no' ? undefined : protect(server, JSON.parse(OPTIONS));
protection?.stop.addEventListener('abort', () => say('stop', protection.stop.reason.code));
subscribe('spotproof:drain:phase', ({ phase, afterMs }) => say('phase', phase, Math.round(afterMs)));
if (HANDLER === 'usual') {
  process.on('SIGTERM', () => {
    say('handler ran');
    server.close((error) => {
      say('closed', error?.code ?? 'without error');
      process.exit(0);
    });
  });
}

server.listen(0, '127.0.0.1', () => say('listening', server.address().port));
