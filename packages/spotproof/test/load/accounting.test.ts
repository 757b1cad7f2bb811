import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createRandom } from '@spotproof/world';
import type { NodeAddress } from '../../src/balancer/protocol.ts';
import type { ClientRecord } from '../../src/load/client-record.ts';
import { OUTCOME_OF_FAULT, startFaultServer, type Fault, type ReceivedRequest, type Truth } from '../support/fault-server.ts';
import { requestSpec, startLoad } from './load-process.ts';
import { waitUntil } from './wait-until.ts';

// Only these go unanswered, so that the others can have all the time that a busy machine takes.
const neverDone = requestSpec({ name: 'never done', path: '/never', weight: 0.6, timeoutMs: 1_500 });
const requests = [
  neverDone,
  requestSpec({ name: 'get', path: '/{1..9}', weight: 6, expect: { bodyContains: 'right' }, timeoutMs: 30_000 }),
  requestSpec({
    name: 'upload',
    method: 'POST',
    body: { kind: 'random', octets: [1, 100_000] },
    weight: 3,
    expect: { status: 200, bodyHasSha1OfRequest: true },
    timeoutMs: 30_000,
  }),
  requestSpec({
    name: 'slow upload',
    method: 'POST',
    body: { kind: 'chunks', count: [1, 4], octets: [1, 5_000], gapMs: [0, 20] },
    weight: 1,
    expect: { status: 200, bodyHasSha1OfRequest: true },
    timeoutMs: 30_000,
  }),
];

test('each of 4,000 requests to a server with twenty kinds of behaviour gets the outcome that it has earned', async () => {
  const faultOf = faultsBySeed(11);
  await using server = await startFaultServer({ faultOf });
  const nodes: NodeAddress[] = [...nodesOf(server.port, 9), { name: 'closed', host: '127.0.0.1', port: await closedPort() }];
  await using load = startLoad({ nodes, requests, ratePerSecond: 1_500, seed: 3 });
  await load.waitFor('started');
  while ((await load.waitFor('progress', progressCount(load.reports) + 1)).planned < 4_000);

  const { summary, records } = await load.finish();

  assert.deepEqual([summary.planned, summary.sent, summary.ended, records.length], Array(4).fill(summary.planned));
  assert.ok(records.length >= 4_000, `${records.length} requests`);
  assert.equal(new Set(records.map(({ id }) => id)).size, records.length, 'an id was recorded twice');
  const mistakes = records.flatMap((record) => {
    const truth = server.truths.get(record.id);
    const expected = expectedOf(record, truth);
    const got = `${record.outcome} ${record.connection}`;
    return got === expected ? [] : [`${record.id} (${truth?.fault}): expected ${expected}, got ${got}, ${record.detail}`];
  });
  assert.deepEqual(mistakes, []);
  for (const fault of FAULTS) {
    const seen = new Set([...server.truths.values()].filter((truth) => truth.fault === fault).map(({ connection }) => connection));
    assert.deepEqual([...seen].toSorted(), ['fresh', 'reused'], `${fault} was not tried on both a fresh and a reused connection`);
  }
  assert.ok(records.some(({ outcome }) => outcome === 'refused'));
  assert.deepEqual(server.violations, []);
  await waitUntil('the generator has closed its connections', () => server.openConnections === 0);
  checkFields(records, server.truths);
});

function expectedOf(record: ClientRecord, truth: Truth | undefined): string {
  if (truth !== undefined) return `${OUTCOME_OF_FAULT[truth.fault]} ${truth.connection}`;
  // On a machine that is busy enough its time is up before it arrives.
  if (record.name === neverDone.name && record.outcome === 'timed-out') return `timed-out ${record.connection}`;
  return record.node === 'closed' ? 'refused fresh' : 'to arrive';
}

function checkFields(records: readonly ClientRecord[], truths: ReadonlyMap<string, Truth>): void {
  for (const record of records) {
    const truth = truths.get(record.id);
    assert.ok(record.intendedAt <= record.sentAt && record.sentAt <= record.endedAt, `times of ${record.id} are out of order`);
    if (record.firstByteAt !== undefined) assert.ok(record.sentAt <= record.firstByteAt && record.firstByteAt <= record.endedAt, record.id);
    if (truth === undefined) continue;
    assert.deepEqual([record.method, record.path], [truth.request.method, truth.request.path]);
    if (record.name !== neverDone.name) assert.equal(record.status, statusOf(truth.fault), `status of ${record.id} (${truth.fault})`);
    assert.equal(record.answeredBy, truth.fault === 'status-502' ? 'balancer' : record.status === undefined ? undefined : 'app');
    assert.equal(record.detail === undefined, record.outcome === 'answered', `detail of ${record.id}: ${record.detail}`);
    assert.equal(truth.request.headers.get('user-agent'), 'spotproof-lab');
    assert.match(truth.request.headers.get('host') ?? '', /^127\.0\.0\.1:\d+$/);
  }
}

function statusOf(fault: Fault): number | undefined {
  if (fault === 'status-502') return 502;
  if (fault === 'status-503-then-close') return 503;
  return WITHOUT_HEAD.has(fault) ? undefined : 200;
}

const WITHOUT_HEAD: ReadonlySet<Fault> = new Set<Fault>([
  'rst-before-response',
  'fin-before-response',
  'fin-after-interim',
  'head-truncated-fin',
  'garbage',
]);

// The keys of an object literal are what its type says, but for TypeScript an object may always have more.
const FAULTS = Object.keys(OUTCOME_OF_FAULT) as Fault[];

/** 55 of 100 requests unharmed, the others spread evenly over every kind. */
function faultsBySeed(seed: number): (request: ReceivedRequest) => Fault {
  const ending = FAULTS.filter((fault) => OUTCOME_OF_FAULT[fault] !== 'timed-out');
  const endless = FAULTS.filter((fault) => OUTCOME_OF_FAULT[fault] === 'timed-out');
  return ({ path, number }) => {
    const random = createRandom(seed, `fault of ${number}`);
    if (path === neverDone.path) return random.pick(endless);
    return random.fraction() < 0.55 ? 'none' : random.pick(ending);
  };
}

function nodesOf(port: number, count: number): NodeAddress[] {
  return Array.from({ length: count }, (_, index) => ({ name: `node-${index}`, host: '127.0.0.1', port }));
}

function progressCount(reports: readonly { readonly type: string }[]): number {
  return reports.filter(({ type }) => type === 'progress').length;
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // `address()` is a string for pipes only.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
