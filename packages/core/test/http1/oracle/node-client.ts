import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { collect } from './node-server.ts';
import { firstMessageOnly, type ReadMessage, type Reading } from './reading.ts';

/** A real node:http client that tells what it made of a response. */
export interface NodeClientOracle extends AsyncDisposable {
  /** Sends a request, answers it with `wire` and FIN, and waits until the client has let go of it. */
  read(wire: string, asked: string): Promise<Reading>;
}

export async function startNodeClient(): Promise<NodeClientOracle> {
  let answer = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer, 'latin1'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP, so neither null nor a path

  return {
    async read(wire, asked) {
      answer = wire;
      return readOne(port, asked);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

async function readOne(port: number, asked: string): Promise<Reading> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const messages: ReadMessage[] = [];
  const interim: number[] = [];
  let outcome: Reading['outcome'] = 'clean';
  let reason = '';
  const client = request({
    host: '127.0.0.1',
    port,
    agent,
    method: asked,
    path: asked === 'CONNECT' ? 'example.com:80' : '/',
    maxHeaderSize: 32_768,
  });
  const add = (response: IncomingMessage, isComplete: boolean): ReadMessage => {
    const message: ReadMessage = {
      line: `HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage}`,
      headers: response.rawHeaders,
      payload: '',
      trailers: [],
      // Node settles this on the request, when the head of the response has been read.
      keepAlive: !isComplete && client.shouldKeepAlive,
      isComplete,
    };
    messages.push(message);
    return message;
  };
  client.on('information', ({ statusCode }) => interim.push(statusCode));
  client.on('response', (response) => {
    const message = add(response, false);
    collect(response, message, () => {});
    response.on('close', () => {
      if (response.complete || outcome !== 'clean') return;
      outcome = 'cut';
      reason = 'ECONNRESET: aborted';
    });
  });
  const tunnel = (response: IncomingMessage, socket: { destroy(): unknown }): void => {
    add(response, true);
    outcome = 'tunnel';
    socket.destroy();
  };
  client.on('upgrade', tunnel);
  client.on('connect', tunnel);
  client.on('error', (error: Error & { readonly code?: string; readonly reason?: string }) => {
    outcome = error.code?.startsWith('HPE_') === true && error.code !== 'HPE_INVALID_EOF_STATE' ? 'rejected' : 'cut';
    reason = `${error.code}: ${error.reason ?? error.message}`;
  });
  client.end();
  // Not `once`: it would reject on the 'error' that is part of the reading.
  await new Promise((resolve) => client.on('close', resolve));
  await new Promise((resolve) => setImmediate(resolve));
  agent.destroy();
  return firstMessageOnly({ messages, interim, outcome, reason });
}
