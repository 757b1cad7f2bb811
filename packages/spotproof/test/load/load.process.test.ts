import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadSummary } from '../../src/load/protocol.ts';
import { startFaultServer, type FaultServer } from '../support/fault-server.ts';
import { forkGenerator, requestSpec, startLoad, type LoadProcess } from './load-process.ts';
import { waitUntil } from './wait-until.ts';

const requests = [requestSpec({ path: '/{1..1000}' })];

test('requests go on being sent while the server stalls, and their latency counts from the time they were intended', async () => {
  await using server = await unharmed();
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 200, seed: 1 });
  await waitUntil('50 requests have arrived', () => server.truths.size >= 50);

  server.stall();
  const stalledAt = epochNow();
  await sleep(800);
  const resumedAt = epochNow();
  server.resume();
  const { records } = await load.finish();

  const during = records.filter(({ intendedAt }) => intendedAt > stalledAt && intendedAt < resumedAt - 50);
  assert.ok(during.length > 75, `${during.length} requests in a stall of 800 ms at 200 a second`);
  for (const { id, intendedAt, endedAt } of during)
    assert.ok(endedAt >= resumedAt - 5, `${id} of ${intendedAt} ended at ${endedAt}, before the stall at ${resumedAt}`);
  const slow = during.filter(({ intendedAt, endedAt }) => endedAt - intendedAt > 400);
  assert.ok(Math.abs(slow.length / during.length - 0.53) < 0.2, `${slow.length} of ${during.length} waited for more than half of the stall`);
});

test('a generator that was stopped for 600 ms says so, and counts the time that its requests were late', async () => {
  await using server = await unharmed();
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 200, seed: 1 });
  await waitUntil('50 requests have arrived', () => server.truths.size >= 50);

  load.child.kill('SIGSTOP');
  const stoppedAt = epochNow();
  await sleep(600);
  const continuedAt = epochNow();
  load.child.kill('SIGCONT');
  const { summary, records } = await load.finish();

  assert.ok(summary.maxLoopDelayMs >= 500, `maxLoopDelayMs ${summary.maxLoopDelayMs}`);
  assert.ok(summary.latenessMs.max >= 500, `lateness max ${summary.latenessMs.max}`);
  assert.ok(summary.latenessMs.p50 <= summary.latenessMs.p99 && summary.latenessMs.p99 <= summary.latenessMs.max);
  const during = records.filter(({ intendedAt }) => intendedAt > stoppedAt + 20 && intendedAt < continuedAt - 20);
  assert.ok(during.length > 60, `${during.length} requests were intended in 600 ms at 200 a second`);
  for (const { id, intendedAt, sentAt } of during) assert.ok(sentAt >= continuedAt - 5 && sentAt > intendedAt, id);
  assertAllEnded(summary, records.length);
});

test('a reset is told as a reset even when a thousand come at once after a stall', async () => {
  await using server = await startFaultServer({ faultOf: () => 'length-truncated-rst' });
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 3_000, seed: 1, maxDurationMs: 1_500 });
  await waitUntil('50 requests have arrived', () => server.truths.size >= 50);

  load.child.kill('SIGSTOP');
  await sleep(800);
  load.child.kill('SIGCONT');
  const { records } = await load.finish();

  assert.ok(records.length > 1_500, `${records.length} requests`);
  assert.deepEqual(
    records.filter(({ outcome }) => outcome !== 'truncated-rst').map(({ id, outcome, detail }) => `${id} ${outcome} ${detail}`),
    [],
  );
});

test('an undisturbed generator reports no stall', async () => {
  await using server = await unharmed();
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 100, seed: 1 });
  await waitUntil('50 requests have arrived', () => server.truths.size >= 50);

  const { summary } = await load.finish();

  assert.ok(summary.maxLoopDelayMs < 400, `maxLoopDelayMs ${summary.maxLoopDelayMs}`);
  assert.ok(summary.cpuMs > 0 && summary.maxInFlight >= 1);
});

test('the same seed sends the same requests, each to the same node', async () => {
  const [first, second] = [await run(), await run()];
  const common = Math.min(first.length, second.length);

  assert.ok(common >= 200);
  assert.deepEqual(first.slice(0, common), second.slice(0, common));

  async function run(): Promise<string[]> {
    await using server = await unharmed();
    const kinds = [...requests, requestSpec({ method: 'POST', body: { kind: 'random', octets: [1, 2000] } })];
    await using load = startLoad({ nodes: nodesOf(server, 3), requests: kinds, ratePerSecond: 500, seed: 42 });
    await waitUntil('200 requests have arrived', () => server.truths.size >= 200);
    const { records } = await load.finish();
    const byNumber = records.toSorted((a, b) => numberOf(a.id) - numberOf(b.id));
    return byNumber.map(({ id, method, path, node }) => `${id} ${method} ${path} ${node} ${server.truths.get(id)?.request.body.toString('base64')}`);
  }
});

test('`finish` waits for what is out, and everything planned was sent and has ended', async () => {
  await using server = await unharmed();
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 100, seed: 1 });
  await waitUntil('20 requests have arrived', () => server.truths.size >= 20);
  server.stall();
  const inTime = server.truths.size;
  await waitUntil('20 requests are held', () => server.truths.size >= inTime + 20);

  const finished = load.finish();
  await sleep(300);
  assert.ok(!load.reports.some(({ type }) => type === 'done'), 'it was done while requests were out');
  server.resume();
  const { summary, records } = await finished;

  assert.ok(records.every(({ outcome }) => outcome === 'answered'));
  assertAllEnded(summary, records.length);
  assert.equal(summary.sent, server.truths.size);
  assert.ok(summary.maxInFlight >= 20);
});

test('planning stops by itself after maxDurationMs', async () => {
  await using server = await unharmed();
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 200, seed: 1, maxDurationMs: 300 });
  const { at } = await load.waitFor('started');
  await load.waitFor('progress');

  const { summary, records } = await load.finish();

  assertAllEnded(summary, records.length);
  assert.ok(records.length >= 30, `${records.length} requests in 300 ms at 200 a second`);
  for (const { intendedAt } of records) assert.ok(intendedAt <= at + 300);
});

test('progress counts by outcome, and its counts end where the summary ends', async () => {
  await using server = await startFaultServer({ faultOf: ({ number }) => (number % 4 === 0 ? 'status-502' : 'none') });
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 200, seed: 1, maxDurationMs: 300 });

  const progress = await load.waitFor('progress');
  const { summary, records } = await load.finish();

  assert.deepEqual([progress.planned, progress.sent, progress.ended], [summary.planned, summary.sent, summary.ended]);
  const bad = records.filter(({ outcome }) => outcome === 'bad-status').length;
  assert.deepEqual(progress.byOutcome, { answered: records.length - bad, 'bad-status': bad });
});

test('a run that never sent anything ends cleanly', async () => {
  await using server = await unharmed();
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 0.1, seed: 1, maxDurationMs: 1 });
  await load.waitFor('started');

  const { summary, records } = await load.finish();

  assert.deepEqual(records, []);
  assert.deepEqual([summary.planned, summary.sent, summary.ended, summary.latenessMs], [0, 0, 0, { p50: 0, p99: 0, max: 0 }]);
});

test('the process ends when the channel closes, also in the middle of a run', async () => {
  await using server = await unharmed();
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 200, seed: 1 });
  await waitUntil('20 requests have arrived', () => server.truths.size >= 20);
  server.stall();
  const held = server.truths.size;
  await waitUntil('a request is out', () => server.truths.size > held);

  assert.deepEqual(await exitAfterDisconnect(load), [0, null]);
  await waitUntil('its connections are gone', () => server.openConnections === 0);
});

test('Ctrl-C on the terminal, which reaches all processes of the lab, leaves the generator to the lab', async () => {
  await using server = await unharmed();
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 200, seed: 1 });
  await waitUntil('20 requests have arrived', () => server.truths.size >= 20);

  load.child.kill('SIGINT');
  const before = server.truths.size;
  await waitUntil('more requests have arrived', () => server.truths.size >= before + 20);
  const { summary, records } = await load.finish();

  assertAllEnded(summary, records.length);
});

test('a rate out of range is refused with the range', async () => {
  await using load = startLoad({ nodes: [{ name: 'a', host: '127.0.0.1', port: 1 }], requests, ratePerSecond: 0, seed: 1 });

  await assert.rejects(load.waitFor('started'), /ratePerSecond must be 0\.1 to 20000, got 0/);
});

test('records that cannot be written are reported with the path', async () => {
  await using server = await unharmed();
  await using load = startLoad({ nodes: nodesOf(server), requests, ratePerSecond: 10, seed: 1, recordsPath: '/nowhere/at/all/client.ndjson' });

  await assert.rejects(load.waitFor('done'), /Expected to write the records to \/nowhere\/at\/all\/client\.ndjson/);
});

test('without a lab the program says what it is and exits with 2', async () => {
  const child = forkGenerator({ ipc: false });
  let said = '';
  child.stderr?.on('data', (text) => (said += String(text)));

  assert.deepEqual(await once(child, 'close'), [2, null]);
  assert.match(said, /spotproof lab/);
});

async function exitAfterDisconnect(load: LoadProcess): Promise<unknown[]> {
  const exited = once(load.child, 'exit', { signal: AbortSignal.timeout(10_000) });
  load.child.disconnect();
  return exited;
}

function assertAllEnded(summary: LoadSummary, records: number): void {
  assert.deepEqual([summary.sent, summary.ended, records], [summary.planned, summary.planned, summary.planned]);
}

function unharmed(): Promise<FaultServer> {
  return startFaultServer({ faultOf: () => 'none' });
}

function nodesOf({ port }: FaultServer, count = 1): { name: string; host: string; port: number }[] {
  return Array.from({ length: count }, (_, index) => ({ name: `node-${index}`, host: '127.0.0.1', port }));
}

function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}

function epochNow(): number {
  return performance.timeOrigin + performance.now();
}
