// A hono app on Node, with the signal handler that its documentation shows.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';

const app = new Hono();

app.get('/', (context) => context.text('Hello'));

app.get('/users/:id', async (context) => {
  // Somebody's database.
  await new Promise((resolve) => setTimeout(resolve, 30 + Math.random() * 300));
  return context.json({ id: context.req.param('id'), name: 'somebody' });
});

app.post('/users', async (context) => context.json(await context.req.json(), 201));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) });

process.on('SIGTERM', () => {
  server.close((error) => process.exit(error ? 1 : 0));
});
