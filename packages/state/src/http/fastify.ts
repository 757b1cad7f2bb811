import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { digestOf } from '../payload/index.ts';
import type { ClaimStore } from '../store.ts';
import type { Answer } from './answer.ts';
import { setClaim } from './claim-of.ts';
import { HttpGuard } from './guard.ts';
import { readBody, type ReadBody } from './node/read-body.ts';
import { sentKeys } from './node/sent-keys.ts';
import { holdForRun } from './node/serve-once.ts';
import type { HttpIdempotencyOptions } from './options.ts';

export { claimOf } from './claim-of.ts';
export type { HttpIdempotencyOptions } from './options.ts';

export interface FastifyIdempotencyOptions extends HttpIdempotencyOptions<FastifyRequest> {
  readonly store: ClaimStore;
}

/**
 * Fastify plugin: requests with an `Idempotency-Key`, done once, on all routes of the context in which it is registered. The key is claimed in `preHandler`:
 * behind hooks that authenticate and behind validation, whose errors are therefore not kept. What is compared of the body is what was sent.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`, when the app becomes ready.
 *
 * @example
 * await app.register(idempotentFastify, { store, scope: (request) => request.user.accountId });
 */
export const idempotentFastify: FastifyPluginAsync<FastifyIdempotencyOptions> = Object.assign(
  // oxlint-disable-next-line typescript/require-await -- as Fastify knows a plugin without a callback
  async function idempotentFastify(app: Parameters<FastifyPluginAsync>[0], { store, ...options }: FastifyIdempotencyOptions): Promise<void> {
    const guard = new HttpGuard<FastifyRequest>(store, options);
    const admitted = new WeakMap<FastifyRequest, { readonly key: string; readonly bodyDigest: string }>();

    app.addHook('preParsing', async (request, reply, payload) => {
      if (request.is404) return payload;
      const admission = guard.admit(request, request.method, sentKeys(request.raw));
      if (admission.kind === 'pass') return payload;
      if (admission.kind === 'answer') {
        await send(reply, admission.answer);
        return payload;
      }
      const { maxBodyBytes } = guard.settings;
      // Into a request of a socket the body can be put back, for those who read it there, as for uploads; into one of inject() it cannot.
      const isAsSent = payload === request.raw && 'complete' in request.raw;
      const body = isAsSent ? await readBody(request.raw, maxBodyBytes) : await readAll(payload, maxBodyBytes);
      if (body.kind === 'gone') throw Object.assign(new Error('The client has left before its body was there.'), { statusCode: 400 });
      if (body.kind === 'too large') {
        await send(reply.header('connection', 'close'), guard.bodyTooLarge);
        return payload;
      }
      admitted.set(request, { key: admission.key, bodyDigest: digestOf(body.bytes) });
      if (isAsSent) return payload;
      // Without octets, and as a stream that has no kind of its own: one that ends at once.
      const again = Readable.from(body.bytes.byteLength === 0 ? [] : [body.bytes], { objectMode: false });
      return Object.assign(again, { receivedEncodedLength: payload.receivedEncodedLength ?? 0 });
    });

    app.addHook('preHandler', async (request, reply) => {
      const parts = admitted.get(request);
      if (parts === undefined) return undefined;
      const { method, originalUrl: target } = request;
      const [path = ''] = target.split('?', 1);
      const verdict = await guard.begin(request, { ...parts, method, route: request.routeOptions.url ?? path, target });
      if (verdict.kind === 'answer') return send(reply, verdict.answer);
      setClaim(request, verdict.run.claim);
      setClaim(request.raw, verdict.run.claim);
      holdForRun(guard, verdict.run, reply.raw);
      return undefined;
    });
  },
  // Fastify's own marks: for the context in which it is registered, not for one of its own.
  { [Symbol.for('skip-override')]: true, [Symbol.for('plugin-meta')]: { name: '@spotproof/state', fastify: '>=5' } },
);

/** Of what an earlier hook has made of the body. */
async function readAll(payload: AsyncIterable<unknown>, maxBytes: number): Promise<ReadBody> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of payload) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    chunks.push(bytes);
    length += bytes.byteLength;
    if (length > maxBytes) return { kind: 'too large' };
  }
  return { kind: 'read', bytes: Buffer.concat(chunks) };
}

async function send(reply: FastifyReply, { status, headers, body }: Answer): Promise<FastifyReply> {
  reply.code(status);
  for (const name of new Set(headers.map(([name]) => name))) {
    const values = headers.filter(([each]) => each === name).map(([, value]) => value);
    reply.header(name, values.length === 1 ? values[0] : values);
  }
  return reply.send(body.byteLength === 0 ? undefined : Buffer.from(body));
}
