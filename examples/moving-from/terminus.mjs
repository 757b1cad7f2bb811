import http from 'node:http';
import { protect, readiness } from '@spotproof/runtime';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
const server = http.createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  void pool.query(pathname, Number(searchParams.get('ms') ?? 0)).then((found) => response.end(JSON.stringify(found)));
});

const life = protect(server, {
  readinessPath: '/healthcheck',
  readiness: readiness({ database: { check: () => pool.query('ping'), shared: true, required: false } }),
});
life.hook('database', () => pool.end());
life.hook('last words', () => console.log('gone'), { phase: 'flush' });

server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
