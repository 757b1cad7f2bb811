// close-with-grace with fastify, as its README pairs them: the default delay, `app.close()` in the callback.
import closeWithGrace from 'close-with-grace';
import fastify from 'fastify';
import { handle } from '../../examples/mixed/handler.mjs';
import { KEEP_ALIVE_MS, PORT } from './listen.mjs';

const app = fastify({ keepAliveTimeout: KEEP_ALIVE_MS });
// The work is the same plain handler as everywhere; fastify's own request hooks run before it.
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', (_request, _payload, done) => done(null));
app.all('/*', (request, reply) => {
  reply.hijack();
  handle(request.raw, reply.raw);
});

closeWithGrace(async ({ err }) => {
  if (err) console.error(err);
  await app.close();
});

await app.listen({ port: PORT, host: '0.0.0.0' });
