import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { Program } from '../support/program.ts';
import { RawClient } from '../support/raw-client.ts';
import { waitFor } from '../support/wait-for.ts';
import { outInTime } from './support/out-in-time.ts';

test('a process that served 16,000 requests on 2,400 connections of every end holds what it held before', async (t) => {
  await using app = await Program.start('long-lived.mjs', { env: { WATCH_REPORT_DEPENDENCIES: '1' } });
  // One connection for all the time: what is put on a connection with each request would pile up here.
  using kept = await RawClient.connect(app.port);
  await serve(app.port, kept, WARM_UP);
  const before = await settled(kept);

  await serve(app.port, kept, LONG);
  const after = await settled(kept);

  const { heapOctets, ...counts } = before;
  const { heapOctets: heapAfter, ...countsAfter } = after;
  t.diagnostic(`heap ${heapOctets} octets before, ${heapAfter} after`);
  assert.deepEqual(countsAfter, counts);
  // Node's own caches, and code that is compiled as it gets hot.
  assert.ok(heapAfter - heapOctets < 1_000_000, `${heapAfter - heapOctets} octets of heap more`);

  app.signal('SIGTERM');
  const report = await outInTime(app);
  assert.deepEqual([report.outcome, report.exitCode, report.lostCount], ['drained', 0, 0]);
});

interface Holdings {
  readonly sockets: number;
  readonly heapOctets: number;
}

interface Round {
  readonly requestsOnKept: number;
  /** Of each kind of connection. */
  readonly connections: number;
}

/** Keep-alive, closed, aborted in mid-answer, reset in mid-head, upgraded: `connections` of each, and health checks all along. */
async function serve(port: number, kept: RawClient, { requestsOnKept, connections }: Round): Promise<void> {
  for (let count = 0; count < connections; count += WIDTH) {
    await Promise.all(
      Array.from({ length: WIDTH }, async () => {
        await converse(port, `${'GET /x HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(REQUESTS_PER_CONNECTION)}${CLOSE}`, /Connection: close[^]*ok$/);
        await converse(port, 'GET /hang HTTP/1.1\r\nHost: x\r\n\r\n', undefined);
        await converse(port, 'GET /half HTTP/1.1\r\nHos', undefined);
        await converse(port, 'POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhal', undefined);
        await converse(port, 'GET /health HTTP/1.1\r\nHost: x\r\nUser-Agent: ELB-HealthChecker/2.0\r\nConnection: close\r\n\r\n', /fine$/);
        await converse(port, 'GET /up HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n', /101 Switching/);
      }),
    );
  }
  const wanted = ANSWERS(kept) + requestsOnKept;
  for (let count = 0; count < requestsOnKept; count += 50) {
    kept.send('GET /x HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50));
    await turn();
  }
  await waitFor('the kept connection has its answers', () => ANSWERS(kept) >= wanted, 40_000);
}

/** Sends, waits for the pattern if there is one, and then resets the connection. */
async function converse(port: number, text: string, pattern: RegExp | undefined): Promise<void> {
  const client = await RawClient.connect(port);
  client.send(text);
  if (pattern === undefined) await turn();
  else await client.until(pattern);
  client.socket.resetAndDestroy();
}

/** What the process holds when the ends of all connections have reached it. */
async function settled(kept: RawClient): Promise<Holdings> {
  let last = '';
  let holdings: Holdings | undefined;
  await waitFor('only the kept connection is left, twice in a row', async () => {
    const from = kept.received.length;
    kept.request('/holdings');
    await waitFor('holdings', () => kept.received.slice(from).endsWith('}'));
    holdings = JSON.parse(kept.received.slice(from).split('\r\n\r\n')[1] ?? '') as Holdings;
    const { heapOctets: _, ...counts } = holdings;
    const same = JSON.stringify(counts) === last;
    last = JSON.stringify(counts);
    return same;
  });
  if (holdings === undefined) throw new Error('no holdings');
  return holdings;
}

const ANSWERS = (client: RawClient): number => client.received.split('\r\n\r\nok').length - 1;
const CLOSE = 'GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
const REQUESTS_PER_CONNECTION = 20;
const WIDTH = 20;
const WARM_UP: Round = { requestsOnKept: 2_000, connections: 100 };
const LONG: Round = { requestsOnKept: 8_000, connections: 400 };
