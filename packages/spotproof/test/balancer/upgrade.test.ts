import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { header } from './support/peer.ts';
import { answering, OK, startTarget, type RawTarget } from './support/raw-target.ts';
import { get, startBalancer, waitFor, type TestBalancer } from './support/start-balancer.ts';
import type { Peer } from './support/peer.ts';

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\n';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: b\r\n\r\n';

async function openTunnel(target: RawTarget, balancer: TestBalancer): Promise<{ readonly client: Peer; readonly peer: Peer }> {
  const client = balancer.connect();
  client.send(get('/ws', UPGRADE));
  const peer = await target.connection(target.connections.length);
  await peer.receives('\r\n\r\n');
  peer.send(SWITCHING);
  await client.receives('\r\n\r\n');
  return { client, peer };
}

describe('Upgrade', () => {
  test('a 101 opens a tunnel: what either side sends reaches the other as it is', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);
    const { client, peer } = await openTunnel(target, balancer);

    assert.equal(header(peer.received, 'upgrade'), 'websocket');
    assert.equal(header(peer.received, 'connection'), 'Upgrade');
    assert.equal(client.statusLine, 'HTTP/1.1 101 Switching Protocols');
    assert.equal(header(client.received, 'sec-websocket-accept'), 'b');
    client.clear();
    peer.clear();
    client.send('\u0081\u0005hello GET / HTTP/1.1\r\n\r\n');
    await peer.receives('\u0081\u0005hello GET / HTTP/1.1\r\n\r\n');
    peer.send('\u0000\u00ffHTTP/1.1 200 OK\r\n\r\n');
    await client.receives('\u0000\u00ffHTTP/1.1 200 OK\r\n\r\n');

    assert.equal(balancer.records.length, 0);
  });

  test('bytes right behind the head, on both sides, belong to the tunnel', async (t) => {
    const target = await startTarget(t, async (peer) => {
      await peer.receives('\r\n\r\n');
      peer.send(`${SWITCHING}from the target`);
    });
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request(`${get('/ws', UPGRADE)}from the client`);
    await client.receives('from the target');

    await target.connections[0]?.receives('from the client');
  });

  test('the tunnel ends with its target, and is on record then, as a 101', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);
    const { client, peer } = await openTunnel(target, balancer);

    peer.socket.end('bye');

    assert.equal(await client.ends(), 'fin');
    assert.match(client.received, /bye$/u);
    const record = await balancer.record();
    assert.deepEqual([record.status, record.cause], [101, undefined]);
  });

  test('a reset of the target in a tunnel is on record as such', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);
    const { client, peer } = await openTunnel(target, balancer);

    peer.reset();
    await client.ends();

    assert.equal((await balancer.record()).cause, 'target-rst-in-body');
  });

  test('the tunnel ends with its client', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);
    const { client, peer } = await openTunnel(target, balancer);

    client.socket.end('bye');
    await peer.receives('bye');
    assert.equal(await peer.ends(), 'fin');
    peer.socket.end('good bye');
    await client.receives('good bye');

    assert.equal((await balancer.record()).status, 101);
    await waitFor('no exchange in flight', () => balancer.balancer.inFlight === 0);
  });

  test('a silent tunnel is closed after the idle timeout, one that talks is not', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, { idleTimeoutMs: 200 }, [target]);
    const { client, peer } = await openTunnel(target, balancer);
    const from = performance.now();
    for (let count = 0; count < 4; count++) {
      await new Promise((resolve) => setTimeout(resolve, 80));
      if (count % 2 === 0) client.send('ping');
      else peer.send('pong');
    }
    assert.equal(client.ending, undefined);

    await client.ends();
    await peer.ends();

    assert.ok(performance.now() - from >= 320 + 190);
  });

  test('is cut when the deregistration delay has elapsed', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, { deregistrationDelayMs: 100 }, [target]);
    const { client } = await openTunnel(target, balancer);

    balancer.balancer.deregister('target');
    await client.ends();

    assert.equal((await balancer.record()).cause, 'deregistration-delay-elapsed');
  });

  test('a target that declines answers as usual, and the connection goes on as HTTP', async (t) => {
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request(get('/ws', UPGRADE) + get('/next'));
    await waitFor('both answers', () => client.received.match(/\r\n\r\nok/gu)?.length === 2);

    assert.equal((await balancer.recorded(2)).length, 2);
  });

  test('an upgrade header that Connection does not name is dropped', async (t) => {
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, {}, [target]);
    const seen: string[] = [];
    target.server.on('connection', (socket) => socket.on('data', (chunk) => seen.push(chunk.toString())));

    await (await balancer.request(get('/', 'Upgrade: h2c\r\n'))).receives('ok');

    assert.equal(header(seen.join(''), 'upgrade'), undefined);
  });
});
