import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { ClaimStore } from '@spotproof/state';
import { idempotentExpress } from '@spotproof/state/express';
import { RESULT } from './spotproof.ts';

export type Door =
  | { readonly kind: 'bare' }
  | { readonly kind: 'spotproof'; readonly store: ClaimStore }
  | {
      readonly kind: 'peer';
      readonly middleware: (request: unknown, response: unknown, next: () => void) => unknown;
      readonly isHit: (request: unknown) => boolean;
    };

/** One route behind this door, in this process, asked over kept connections. */
export async function serveExpress(
  door: Door,
): Promise<AsyncDisposable & { readonly first: () => Promise<void>; readonly replay: () => Promise<void> }> {
  const app = load();
  const json = load.json();
  if (door.kind === 'spotproof') app.post('/orders', idempotentExpress(door.store, { scope: () => 'account-1' }), json, answer);
  else if (door.kind === 'bare') app.post('/orders', json, answer);
  else
    app.post('/orders', json, door.middleware, (request, response) => {
      // Its way: the handler is called for a replay as well, and has to ask.
      if (!door.isHit(request)) answer(request, response);
    });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port.');
  const { port } = address;
  const agent = new Agent({ keepAlive: true });
  const ask = (key: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { 'idempotency-key': key, 'content-type': 'application/json', 'content-length': BODY.length };
      const sent = httpRequest({ agent, port, host: '127.0.0.1', path: '/orders', method: 'POST', headers }, (response) => {
        response.resume();
        response.on('end', () => (response.statusCode === 201 ? resolve() : reject(new Error(`${door.kind}: ${response.statusCode}`))));
      });
      sent.on('error', reject);
      sent.end(BODY);
    });
  const known = Array.from({ length: 200 }, () => randomUUID());
  for (const key of known) await ask(key);
  let asked = 0;
  return {
    first: () => ask(randomUUID()),
    replay: () => ask(known[(asked += 1) % known.length]!),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function answer(_request: unknown, response: { status(code: number): { json(body: unknown): unknown } }): void {
  response.status(201).json(RESULT);
}

interface Express {
  (): RequestListener & { post(path: string, ...handlers: ((request: never, response: never, next: () => void) => unknown)[]): void };
  json(): () => unknown;
}

/** Express has no types of its own. */
const load: Express = createRequire(import.meta.url)('express');
const BODY = Buffer.from(JSON.stringify({ cents: 1250, item: 'a book' }));
