import express from 'express';
import { protect } from '@spotproof/runtime';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
const app = express();
app.get('/orders/:id', async (request, response) => {
  response.json(await pool.query(request.params.id, Number(request.query.ms ?? 0)));
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening ${server.address().port}`));
const life = protect(server);
life.draining.addEventListener('abort', () => console.log('preparing to leave'));
life.hook('database', () => pool.end());
life.hook('last words', () => console.log('gone'), { phase: 'flush' });
