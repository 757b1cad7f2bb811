import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';

/**
 * A server whose handler answers at once, with no sockets under it: what a wrapper adds to `emit('request')` is all there is to measure.
 * @param {(server: import('node:http').Server) => unknown} wrap
 * @param {(request: object, wrapped: unknown) => void} use What the handler does with what `wrap` gave, for each request.
 * @returns {() => void} One request on a kept connection, from `emit('request')` to the end of its answer.
 */
export function stubServer(wrap, use = () => {}) {
  const server = createServer((request, response) => {
    use(request, wrapped);
    response.end();
  });
  const wrapped = wrap(server);
  const socket = new StubSocket();
  server.emit('connection', socket);
  return () => {
    const request = new StubRequest(socket);
    server.emit('request', request, new StubResponse(request, socket));
  };
}

/** As much of a socket as the wrappers look at. */
class StubSocket extends EventEmitter {
  remoteAddress = '127.0.0.1';
  destroyed = false;
  setTimeout() {}
  destroy() {}
  end() {}
}

class StubRequest extends EventEmitter {
  method = 'GET';
  url = '/work?ms=5';
  httpVersion = '1.1';
  complete = true;
  rawHeaders = RAW_HEADERS;
  headers = HEADERS;

  constructor(socket) {
    super();
    this.socket = socket;
  }
}

class StubResponse extends EventEmitter {
  shouldKeepAlive = true;
  headersSent = false;
  writableFinished = false;

  constructor(request, socket) {
    super();
    this.req = request;
    this.socket = socket;
    // As Node does: the answer that owns the connection.
    socket._httpMessage = this;
  }

  setHeader() {}

  end() {
    this.headersSent = true;
    this.writableFinished = true;
    this.emit('finish');
    this.socket._httpMessage = null;
    this.emit('close');
  }
}

/** What a browser's request looks like behind an Application Load Balancer. */
const HEADERS = {
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '443',
  host: 'api.example.com',
  'x-amzn-trace-id': 'Root=1-67891233-abcdef012345678912345678',
  accept: 'application/json',
  'accept-encoding': 'gzip, br',
  'accept-language': 'en-GB,en;q=0.9',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
};

const RAW_HEADERS = Object.entries(HEADERS).flat();
