import Fastify from 'fastify';
import { spotproof } from '@spotproof/runtime/fastify';
import { openPool } from '../support/pool.mjs';

const app = Fastify();
await app.register(spotproof);

const pool = openPool();
app.addHook('onClose', () => pool.end());
app.get('/orders/:id', (request) => pool.query(request.params.id, Number(request.query.ms ?? 0)));

await app.listen({ port: Number(process.env.PORT ?? 3000), host: '0.0.0.0' });
console.log(`listening ${app.server.address().port}`);
