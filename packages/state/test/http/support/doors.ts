import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono, type Context } from 'hono';
import type { Claim, ClaimStore, KeyParts } from '../../../src/index.ts';
import { idempotentExpress } from '../../../src/http/express.ts';
import { idempotentFastify } from '../../../src/http/fastify.ts';
import { idempotentFetch, idempotentHono } from '../../../src/http/fetch.ts';
import { claimOf, idempotentHttp, type HttpIdempotencyOptions } from '../../../src/http/index.ts';

/** What the app under test does with one request, whatever its framework. */
export type Handle = (call: Call) => Reply | Promise<Reply>;

export interface Call {
  /** As the handler got it. */
  readonly body: string;
  readonly url: string;
  readonly claim: Claim | undefined;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** All options but those that differ between frameworks. */
export type DoorOptions = Omit<HttpIdempotencyOptions<never>, 'scope' | 'require'> & {
  readonly require?: boolean;
  /** Of the header `x-tenant`. Default: the header. */
  readonly scope?: (tenant: string | undefined) => KeyParts | Promise<KeyParts>;
};

export interface Door {
  readonly name: string;
  /** Has an error of the handler answered by the framework, with 500. */
  open(store: ClaimStore, options: DoorOptions, handle: Handle): Promise<OpenDoor>;
}

export interface OpenDoor extends AsyncDisposable {
  readonly port: number;
}

export const DOORS: readonly Door[] = [
  {
    name: 'node:http',
    open: (store, options, handle) => {
      const idempotent = idempotentHttp(store, { ...options, scope: (request) => scopeOf(options, request.headers['x-tenant']) });
      const handler = idempotent.node(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const reply = await handle({ body: String(Buffer.concat(chunks)), url: request.url ?? '', claim: claimOf(request) });
        response.writeHead(reply.status ?? 200, { ...reply.headers });
        if (isStream(reply.body)) {
          for await (const chunk of reply.body) response.write(chunk);
          response.end();
        } else response.end(reply.body);
      });
      // The error of a handler goes on, as without us.
      return listen((request, response) => handler(request, response).catch(() => {}));
    },
  },
  { name: 'Express before its parser', open: (store, options, handle) => openExpress({ store, options, handle, isParsedBefore: false }) },
  { name: 'Express behind its parser', open: (store, options, handle) => openExpress({ store, options, handle, isParsedBefore: true }) },
  {
    name: 'Fastify',
    open: async (store, options, handle) => {
      const app = fastify({ bodyLimit: 64 * 1024 * 1024 });
      app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
      app.removeContentTypeParser('application/json');
      app.removeContentTypeParser('text/plain');
      await app.register(idempotentFastify, { store, ...options, scope: (request) => scopeOf(options, request.headers['x-tenant']) });
      app.all('/*', async (request, reply) => {
        const { status = 200, headers = {}, body = '' } = await handle({ body: textOf(request.body), url: request.url, claim: claimOf(request) });
        reply.code(status).headers(headers);
        return reply.send(isStream(body) ? Readable.from(body, { objectMode: false }) : body);
      });
      await app.listen({ port: 0, host: '127.0.0.1' });
      return { port: (app.server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(app.server, () => app.close()) };
    },
  },
  {
    name: 'a fetch handler',
    open: (store, options, handle) => {
      const fetch = idempotentFetch(
        store,
        { ...options, scope: (request) => scopeOf(options, request.headers.get('x-tenant') ?? undefined) },
        async (request) => responseOf(await handle({ body: await request.text(), url: request.url, claim: claimOf(request) })),
      );
      return listen(getRequestListener((request) => fetch(request), { errorHandler: () => new Response('failed', { status: 500 }) }));
    },
  },
  {
    name: 'Hono',
    open: (store, options, handle) => {
      const app = new Hono();
      app.use(idempotentHono<Context>(store, { ...options, scope: (c) => scopeOf(options, c.req.header('x-tenant')) }));
      app.all('*', async (c) => responseOf(await handle({ body: await c.req.text(), url: c.req.url, claim: claimOf(c) })));
      app.onError((_error, c) => c.text('failed', 500));
      return listen(getRequestListener(app.fetch));
    },
  },
];

function openExpress({
  store,
  options,
  handle,
  isParsedBefore,
}: {
  store: ClaimStore;
  options: DoorOptions;
  handle: Handle;
  isParsedBefore: boolean;
}) {
  const app = express();
  const parser = express.text({ type: () => true, limit: '64mb' });
  const once = idempotentExpress(store, { ...options, scope: (request) => scopeOf(options, request.headers['x-tenant']) });
  app.use(...(isParsedBefore ? [parser, once] : [once, parser]));
  app.use(async (request: express.Request, response: express.Response) => {
    const { status = 200, headers = {}, body = '' } = await handle({ body: textOf(request.body), url: request.originalUrl, claim: claimOf(request) });
    response.status(status);
    for (const [name, value] of Object.entries(headers)) response.set(name, value);
    if (isStream(body)) {
      for await (const chunk of body) response.write(chunk);
      response.end();
    } else response.send(typeof body === 'string' ? body : Buffer.from(body));
  });
  app.use((_error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    response.status(500).send('failed');
  });
  return listen(app);
}

async function listen(listener: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<OpenDoor> {
  const server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => close(server, () => new Promise((resolve) => server.close(resolve))),
  };
}

async function close(server: Server, act: () => Promise<unknown>): Promise<void> {
  const closed = act();
  server.closeAllConnections();
  await closed;
}

function scopeOf({ scope = (tenant) => tenant ?? 'nobody' }: DoorOptions, tenant: string | string[] | undefined): KeyParts | Promise<KeyParts> {
  return scope(Array.isArray(tenant) ? tenant[0] : tenant);
}

function responseOf({ status = 200, headers = {}, body = '' }: Reply): Response {
  const list = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each): [string, string] => [name, each]));
  if (!isStream(body)) return new Response(status === 204 ? null : (body as string), { status, headers: list });
  return new Response(ReadableStream.from(body), { status, headers: list });
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : '';
}

function isStream(body: Reply['body']): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && Symbol.asyncIterator in body;
}
