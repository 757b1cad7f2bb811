// An API whose handler has an effect, and stops or dies in the middle when it is asked to. node orders.program.ts <database> <effects> <leaseMs>
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { claimOf, idempotentHttp } from '../../src/http/index.ts';
import { createSqliteStore } from '../../src/stores/sqlite/index.ts';

const [database = '', effects = '', leaseMs = ''] = process.argv.slice(2);
const store = createSqliteStore({ path: database, durability: 'normal' });
const idempotent = idempotentHttp(store, { scope: () => 'all', leaseMs: Number(leaseMs) });

const server = createServer((request, response) => {
  void idempotent.node(async (request, response) => {
    const claim = claimOf(request);
    const then = (await text(request)) === 'first' && claim?.attempt === 1 ? request.headers['x-first'] : undefined;
    appendFileSync(effects, `${claim?.effectKey('charge')} ${claim?.epoch}\n`);
    if (then === 'SIGKILL' || then === 'SIGSTOP') process.kill(process.pid, then);
    response.writeHead(201).end(`made by attempt ${claim?.attempt}`);
  })(request, response);
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${(server.address() as AddressInfo).port}`));
