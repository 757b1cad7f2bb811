import { serve } from 'srvx';
import { protect } from '@spotproof/runtime';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
const server = serve({
  port: Number(process.env.PORT ?? 3000),
  gracefulShutdown: false,
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    return Response.json(await pool.query(pathname.slice('/orders/'.length), Number(searchParams.get('ms') ?? 0)));
  },
});
protect(server.node.server).hook('database', () => pool.end());

await server.ready();
console.log(`listening ${server.node.server.address().port}`);
