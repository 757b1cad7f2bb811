import cluster from 'node:cluster';
import http from 'node:http';
import { createLifecycle, protect } from '@spotproof/runtime';
import { openPool } from '../support/pool.mjs';

if (cluster.isPrimary) {
  createLifecycle();
  for (let count = 0; count < 2; count += 1) cluster.fork();
  cluster.on('exit', () => cluster.fork());
} else {
  const pool = openPool();
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    pool.query(pathname.split('/').at(-1), Number(searchParams.get('ms') ?? 0)).then(
      (order) => response.end(JSON.stringify(order)),
      (error) => response.writeHead(500).end(error.message),
    );
  });

  protect(server).hook('database', () => pool.end());
  server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
}
