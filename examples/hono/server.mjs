import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { protect } from '@spotproof/runtime';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
const app = new Hono();
app.get('/orders/:id', async (context) => {
  return context.json(await pool.query(context.req.param('id'), Number(context.req.query('ms') ?? 0)));
});

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => console.log(`listening ${port}`));
protect(server).hook('database', () => pool.end());
