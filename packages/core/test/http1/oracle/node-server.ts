import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { ReadMessage, Reading } from './reading.ts';

/** A real node:http server that tells what it made of a connection. */
export interface NodeServerOracle extends AsyncDisposable {
  /** Opens a connection, sends `wire` and FIN, and waits until the server has closed it. */
  read(wire: string): Promise<Reading>;
}

export async function startNodeServer(): Promise<NodeServerOracle> {
  const connections = new Map<Socket, Found>();
  const server = createServer({ requireHostHeader: false, maxHeaderSize: 65_536, keepAliveTimeout: 0, connectionsCheckingInterval: 3_600_000 });
  server.maxHeadersCount = 0;
  // Without this, FIN would abort requests that have been parsed but not handed over yet.
  Object.assign(server, { httpAllowHalfOpen: true });

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const message = messageOf(request, response.shouldKeepAlive);
    connections.get(request.socket)?.messages.push(message);
    // With its length said, node keeps an HTTP/1.0 connection open too.
    collect(request, message, () => response.setHeader('Content-Length', 0).end());
  };
  server.on('request', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const found = connections.get(socket);
    found?.messages.push({ ...messageOf(request, true), isComplete: true });
    if (found !== undefined) found.outcome = 'tunnel';
    socket.destroy();
  });
  server.on('clientError', (error: Error & { readonly code?: string; readonly reason?: string }, socket: Socket) => {
    const found = connections.get(socket);
    if (found !== undefined && found.outcome === 'clean') {
      found.outcome = error.code?.startsWith('HPE_') === true && error.code !== 'HPE_INVALID_EOF_STATE' ? 'rejected' : 'cut';
      found.reason = `${error.code}: ${error.reason ?? error.message}`;
    }
    // Let what was parsed before be handed over first.
    setImmediate(() => socket.destroy());
  });
  server.on('connection', (socket: Socket) => connections.set(socket, { messages: [], outcome: 'clean', reason: '' }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP, so neither null nor a path

  return {
    async read(wire) {
      const accepted = once(server, 'connection');
      const client = connect({ port, host: '127.0.0.1' });
      client.on('error', () => {});
      client.resume();
      client.end(wire, 'latin1');
      const [socket] = (await accepted) as [Socket]; // the argument of this event
      await Promise.all([closed(socket), closed(client)]);
      const found = connections.get(socket);
      connections.delete(socket);
      if (found === undefined) throw new Error('the connection was not seen by the server');
      return { messages: found.messages, interim: [], outcome: found.outcome, reason: found.reason };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Found {
  readonly messages: ReadMessage[];
  outcome: Reading['outcome'];
  reason: string;
}

const messageOf = (request: IncomingMessage, keepAlive: boolean): ReadMessage => ({
  line: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
  headers: request.rawHeaders,
  payload: '',
  trailers: [],
  keepAlive,
  isComplete: false,
});

/** Gathers the rest of a message as it comes. */
export function collect(source: IncomingMessage, message: ReadMessage, onEnd: () => void): void {
  source.setEncoding('latin1');
  source.on('error', () => {});
  source.on('data', (text: string) => (message.payload += text));
  source.on('end', () => {
    message.trailers = source.rawTrailers;
    message.isComplete = true;
    onEnd();
  });
}

const closed = async (socket: Socket): Promise<void> => {
  if (!socket.closed) await once(socket, 'close');
};
