import { H3, serve } from 'h3';
import { protect } from '@spotproof/runtime';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
const app = new H3();
app.get('/orders/:id', async (event) => {
  return await pool.query(event.context.params.id, Number(event.url.searchParams.get('ms') ?? 0));
});

const server = serve(app, { port: Number(process.env.PORT ?? 3000), gracefulShutdown: false });
protect(server.node.server).hook('database', () => pool.end());

await server.ready();
console.log(`listening ${server.node.server.address().port}`);
