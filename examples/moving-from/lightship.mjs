import express from 'express';
import { protect, readiness } from '@spotproof/runtime';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
let isWarm = false;
const app = express();
app.get('/orders/:id', async (request, response) => {
  response.json(await pool.query(request.params.id, Number(request.query.ms ?? 0)));
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
const life = protect(server, {
  readinessPath: '/ready',
  livenessPath: '/live',
  readiness: readiness({ warm: () => isWarm }, { cacheMs: 0 }),
});
life.hook('database', () => pool.end());

const importing = life.track('import', { file: 'prices.csv' });
try {
  await pool.query('import', 100);
} finally {
  importing[Symbol.dispose]();
}
isWarm = true;
