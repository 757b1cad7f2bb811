// A fastify plugin, started by `fastify start`.
import { setTimeout as sleep } from 'node:timers/promises';

// oxlint-disable-next-line import/no-default-export -- fastify-cli asks for one
export default async function app(fastify, _options) {
  fastify.get('/', async () => ({ hello: 'world' }));

  // oxlint-disable-next-line oxc/no-async-endpoint-handlers -- fastify awaits its handlers
  fastify.get('/users/:id', async (request) => {
    // Somebody's database.
    await sleep(30 + Math.random() * 300);
    return { id: request.params.id, name: 'somebody' };
  });

  fastify.post('/users', async (request, reply) => reply.code(201).send(request.body));
}
