import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BalancerCause } from '../../src/balancer/balancer-record.ts';
import type { Peer } from './support/peer.ts';
import { answering, OK, startTarget } from './support/raw-target.ts';
import { get, startBalancer } from './support/start-balancer.ts';

test('a record tells id, node, target and the times in their order', async (t) => {
  const target = await startTarget(t, answering(OK));
  const balancer = await startBalancer(t, {}, [target]);
  const before = performance.timeOrigin + performance.now();

  await (await balancer.request(get('/', 'X-Spotproof-Request: load-7\r\n'))).receives('ok');

  const record = await balancer.record();
  const { receivedAt, sentAt = 0, firstByteAt = 0, endedAt, ...rest } = record;
  assert.deepEqual(rest, {
    id: 'load-7',
    node: 'node-a',
    target: 'target',
    targetState: 'initial',
    connection: 'fresh',
    status: 200,
    targetStatus: 200,
  });
  assert.ok(before - 1 <= receivedAt && receivedAt <= sentAt && sentAt <= firstByteAt && firstByteAt <= endedAt, JSON.stringify(record));
});

test('an id with quotes and control characters still makes a readable line', async (t) => {
  const balancer = await startBalancer(t);

  await balancer.request(get('/', 'X-Spotproof-Request: a"b\\c\td\u00e9\r\n'));

  assert.equal((await balancer.record()).id, 'a"b\\c\td\u00e9');
});

test('the access log has the fields of ALB, in its order', async (t) => {
  const target = await startTarget(t, answering(OK));
  const balancer = await startBalancer(t, {}, [target]);

  await (await balancer.request(get('/a?b="c"', 'User-Agent: test "x"\r\n'))).receives('ok');
  await balancer.record();

  const fields = balancer.accessLog[0]?.trimEnd().match(/"[^"]*"|\S+/gu) ?? [];
  assert.equal(fields.length, 30);
  assert.equal(fields[0], 'http');
  assert.match(fields[1] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/u);
  assert.match(fields[3] ?? '', /^127\.0\.0\.1:\d+$/u);
  assert.equal(fields[4], `127.0.0.1:${target.address.port}`);
  for (const seconds of fields.slice(5, 8)) assert.match(seconds, /^\d+\.\d{3}$/u);
  assert.deepEqual(fields.slice(8, 10), ['200', '200']);
  assert.equal(fields[10], String(get('/a?b="c"', 'User-Agent: test "x"\r\n').length));
  assert.equal(fields[12], '"GET http://example/a?b=\\x22c\\x22 HTTP/1.1"');
  assert.equal(fields[13], '"test \\x22x\\x22"');
  assert.match(fields[17] ?? '', /^"Root=1-/u);
});

test('of 600 requests into all kinds of faults, each is on record exactly once, with the cause that was planted', async (t) => {
  const faults: readonly { readonly cause: BalancerCause | undefined; readonly act: (peer: Peer) => void }[] = [
    { cause: undefined, act: (peer) => peer.send(OK) },
    { cause: 'target-fin', act: (peer) => peer.socket.end() },
    { cause: 'target-rst', act: (peer) => peer.reset() },
    { cause: 'target-fin-in-body', act: (peer) => peer.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf') },
    { cause: 'target-malformed', act: (peer) => peer.send('nonsense\r\n\r\n') },
    { cause: undefined, act: (peer) => peer.send('HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n') },
  ];
  const target = await startTarget(t, async (peer) => {
    while (peer.ending === undefined) {
      await peer.receives('\r\n\r\n', 60_000);
      const id = Number(/x-spotproof-request: (\d+)/u.exec(peer.received)?.[1]);
      peer.clear();
      faults[id % faults.length]?.act(peer);
    }
  });
  const balancer = await startBalancer(t, {}, [target]);
  const total = 600;
  let next = 0;

  const client = async (): Promise<void> => {
    let peer = balancer.connect();
    while (next < total) {
      const id = next++;
      peer.clear();
      peer.send(get('/', `x-spotproof-request: ${id}\r\n`));
      await peer.until('an answer', () => /\r\n\r\n(?:ok|<html>[^]*<\/html>\r\n|half)?$/u.test(peer.received) || peer.ending !== undefined);
      if (id % faults.length !== 3) continue;
      await peer.ends();
      peer = balancer.connect();
    }
  };
  await Promise.all(Array.from({ length: 12 }, client));

  const records = await balancer.recorded(total);
  assert.equal(records.length, total);
  assert.equal(new Set(records.map(({ id }) => id)).size, total);
  for (const { id, cause } of records) assert.equal(cause, faults[Number(id) % faults.length]?.cause, `request ${id}`);
  assert.equal(balancer.balancer.requests, total);
  assert.equal(balancer.balancer.errors, records.filter(({ cause }) => cause !== undefined).length);
  assert.equal(balancer.balancer.inFlight, 0);
});
