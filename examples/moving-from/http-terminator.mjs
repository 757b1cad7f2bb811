import Koa from 'koa';
import { protect } from '@spotproof/runtime';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
const app = new Koa();
app.use(async (context) => {
  context.body = await pool.query(context.path, Number(context.query.ms ?? 0));
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
protect(server).hook('database', () => pool.end());
