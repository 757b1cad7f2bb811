import connect from 'connect';
import { protect } from '@spotproof/runtime';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
const app = connect();
app.use('/orders', async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  response.end(JSON.stringify(await pool.query(pathname.slice(1), Number(searchParams.get('ms') ?? 0))));
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
protect(server).hook('database', () => pool.end());
