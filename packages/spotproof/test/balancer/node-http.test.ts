import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { createRandom } from '@spotproof/world';
import { startBalancer } from './support/start-balancer.ts';

const SEED = 20_260_101;
const REQUESTS = 400;

test(`${REQUESTS} requests of all sizes and framings pass between node:http and node:http unharmed, both bodies intact (seed ${SEED})`, async (t) => {
  const random = createRandom(SEED, 'node-http');
  const server = createServer((incoming, outgoing) => {
    const hash = createHash('sha1');
    incoming.on('data', (chunk: Buffer) => hash.update(chunk));
    incoming.on('end', () => {
      const octets = Number(incoming.headers['x-answer-octets']);
      const body = Buffer.alloc(octets, String(incoming.headers['x-spotproof-request']));
      outgoing.setHeader('x-sha1', hash.digest('hex'));
      if (incoming.headers['x-answer-framing'] === 'length') outgoing.setHeader('content-length', octets);
      outgoing.write(body.subarray(0, octets / 2));
      setImmediate(() => outgoing.end(body.subarray(octets / 2)));
    });
  });
  server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  t.after(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  const balancer = await startBalancer(t, { nodes: 1 });
  balancer.balancer.register({ id: 'node', host: '127.0.0.1', port });

  const send = async (id: number): Promise<void> => {
    const body = randomBytes(random.pick([0, 1, 900, 20_000, 300_000]));
    const octets = random.pick([0, 1, 17, 16_000, 70_000, 500_000]);
    const method = random.pick(['GET', 'POST', 'PUT', 'HEAD', 'DELETE']);
    const hasBody = method === 'POST' || method === 'PUT';
    const outgoing = request({
      host: '127.0.0.1',
      port: balancer.port,
      agent,
      method,
      path: `/${id}`,
      headers: {
        'x-spotproof-request': `r${id}`,
        'x-answer-octets': octets,
        'x-answer-framing': random.pick(['length', 'chunked']),
        ...(hasBody && random.fraction() < 0.5 ? { 'content-length': body.length } : {}),
      },
    });
    if (hasBody) {
      outgoing.write(body.subarray(0, body.length / 3));
      setImmediate(() => outgoing.end(body.subarray(body.length / 3)));
    } else {
      outgoing.end();
    }
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const received: Buffer[] = [];
    for await (const chunk of answer) received.push(chunk as Buffer);
    assert.equal(answer.statusCode, 200, `request ${id}`);
    const sentSha1 = createHash('sha1')
      .update(hasBody ? body : Buffer.alloc(0))
      .digest('hex');
    assert.equal(answer.headers['x-sha1'], sentSha1, `request ${id}`);
    const expected = method === 'HEAD' ? Buffer.alloc(0) : Buffer.alloc(octets, `r${id}`);
    assert.ok(Buffer.concat(received).equals(expected), `answer ${id}`);
  };
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < REQUESTS) await send(next++);
  };
  await Promise.all(Array.from({ length: 8 }, client));

  const records = await balancer.recorded(REQUESTS);
  assert.equal(new Set(records.map(({ id }) => id)).size, REQUESTS);
  assert.ok(records.every(({ status, cause }) => status === 200 && cause === undefined));
});
