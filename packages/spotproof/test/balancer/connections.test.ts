import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { moveClock } from './support/moved-clock.ts';
import { header, type Peer } from './support/peer.ts';
import { answering, OK, startTarget } from './support/raw-target.ts';
import { get, startBalancer, waitFor } from './support/start-balancer.ts';

/** Serves requests on one connection until `count`, then calls `then`. */
const serving =
  (count: number, then: (peer: Peer) => void) =>
  async (peer: Peer): Promise<void> => {
    for (let served = 0; served < count; served++) {
      await peer.receives('\r\n\r\n');
      peer.clear();
      peer.send(OK);
    }
    then(peer);
  };

describe('target connections', () => {
  test('are used again, by any client', async (t) => {
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, {}, [target]);

    for (let count = 0; count < 5; count++) await (await balancer.request(get())).receives('ok');

    assert.equal(target.connections.length, 1);
    const records = await balancer.recorded(5);
    assert.deepEqual(
      records.map(({ connection }) => connection),
      ['fresh', 'reused', 'reused', 'reused', 'reused'],
    );
    assert.ok(records.slice(1).every(({ idleMs }) => idleMs !== undefined && idleMs >= 0 && idleMs < 10_000));
    assert.equal(records[0]?.idleMs, undefined);
  });

  test('are never shared: as many are opened as requests are out', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);

    for (let count = 0; count < 3; count++) balancer.connect().send(get());

    await target.connection(2);
  });

  test('end after `Connection: close` of the target', async (t) => {
    const target = await startTarget(t, answering('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'));
    const balancer = await startBalancer(t, {}, [target]);

    const client = await balancer.request(get());
    await client.receives('ok');
    client.clear();
    client.send(get());
    await client.receives('ok');

    assert.equal(target.connections.length, 2);
    assert.equal(await target.connections[0]?.ends(), 'fin');
    assert.equal(header(client.received, 'connection'), 'keep-alive');
  });

  test("are kept for the balancer's own idle timeout, whatever `Keep-Alive: timeout` the target hints", async (t) => {
    const clock = moveClock(t);
    const target = await startTarget(t, answering('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=0\r\nContent-Length: 2\r\n\r\nok'));
    const balancer = await startBalancer(t, { idleTimeoutMs: 300 }, [target]);

    const client = await balancer.request(get());
    await client.receives('ok');
    client.clear();
    client.send(get());
    await client.receives('ok');
    assert.equal(target.connections.length, 1);
    const isOpen = (): boolean => target.connections[0]?.ending === undefined;
    await clock.pass(290);
    assert.ok(isOpen());

    await clock.until('its end', () => !isOpen(), 100);
  });

  for (const [when, wait] of [
    ['right behind an answer', () => Promise.resolve()],
    ['later', () => new Promise((resolve) => setTimeout(resolve, 50))],
  ] as const) {
    test(`that say something unasked, ${when}, are dropped`, async (t) => {
      const target = await startTarget(
        t,
        serving(1, (peer) => void wait().then(() => peer.send('HTTP/1.1 408 Request Timeout\r\n\r\n'))),
      );
      const balancer = await startBalancer(t, {}, [target]);

      await (await balancer.request(get())).receives('ok');
      await target.connections[0]?.ends();
      await (await balancer.request(get())).receives('ok');

      assert.equal(target.connections.length, 2);
      assert.ok((await balancer.recorded(2)).every(({ status }) => status === 200));
    });
  }

  test('that were closed while idle, and seen to be, are not used', async (t) => {
    const target = await startTarget(
      t,
      serving(1, (peer) => peer.socket.end()),
    );
    const balancer = await startBalancer(t, {}, [target]);

    for (let count = 0; count < 3; count++) {
      await (await balancer.request(get())).receives('ok');
      await (await target.connection(count)).ends();
    }

    assert.ok((await balancer.recorded(3)).every(({ status }) => status === 200));
  });
});

describe('the idle race', () => {
  test('a request sent between the FIN and the moment it is seen is lost: 502, one try', async (t) => {
    const clock = moveClock(t);
    const target = await startTarget(
      t,
      serving(1, (peer) => peer.socket.end()),
    );
    const balancer = await startBalancer(t, { finLagMs: 300 }, [target]);
    const client = await balancer.request(get());
    await client.receives('ok');
    await clock.until('our FIN to be on its way', () => target.connections[0]?.socket.writableFinished === true);

    client.clear();
    client.send(get());
    await clock.until('the answer and its record', () => client.received.includes('\r\n\r\n') && balancer.records.length === 2);

    assert.match(client.statusLine, / 502 /u);
    const [, record] = balancer.records;
    assert.equal(record?.connection, 'reused');
    assert.ok(record.cause === 'target-fin' || record.cause === 'target-rst', record.cause);
    assert.equal(target.connections.length, 1);
  });

  test('the keep-alive adversary learns when a target closes and loses requests there; without it the same app looks sound', async (t) => {
    const clock = moveClock(t);
    const loses = async (adversary: 'none' | 'keep-alive', requests: number): Promise<number> => {
      // Closes each connection 400 ms after its last answer, as a keepAliveTimeout does.
      const target = await startTarget(t, async (peer) => {
        for (;;) {
          await peer.receives('\r\n\r\n');
          peer.clear();
          peer.send(OK);
          const isHeard = await peer
            .until('the next request', () => peer.received !== '', 400)
            .then(
              () => true,
              () => false,
            );
          if (isHeard) continue;
          peer.socket.destroy();
          return;
        }
      });
      const balancer = await startBalancer(t, { adversary, finLagMs: 5 }, [target]);
      const lost = (): number => balancer.records.filter(({ status }) => status === 502).length;
      for (let count = 0; count < requests && lost() === 0; count++) {
        const client = balancer.connect();
        client.send(get());
        await clock.until('the answer', () => client.received.includes('\r\n\r\n'));
        client.socket.destroy();
        await clock.pass(10);
      }
      return lost();
    };

    assert.equal(await loses('none', 300), 0);
    assert.equal(await loses('keep-alive', 1000), 1);
  });

  test('the adversary finds nothing against a target that keeps connections longer than the balancer does', async (t) => {
    const clock = moveClock(t);
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, { adversary: 'keep-alive', idleTimeoutMs: 150, finLagMs: 20 }, [target]);

    for (let count = 0; count < 8; count++) {
      const client = balancer.connect();
      client.send(get());
      await clock.until('the answer', () => client.received.endsWith('ok'));
      await clock.pass(60);
    }

    assert.deepEqual(
      balancer.records.map(({ status }) => status),
      Array.from({ length: 8 }, () => 200),
    );
  });
});

describe('client connections', () => {
  test('outlive their targets: the next request goes to another one', async (t) => {
    const first = await startTarget(t, answering(OK), 'first');
    const second = await startTarget(t, answering(OK), 'second');
    const balancer = await startBalancer(t, {}, [first]);
    const client = await balancer.request(get());
    await client.receives('ok');

    balancer.balancer.register(second.address);
    balancer.balancer.deregister('first');
    client.clear();
    client.send(get());
    await client.receives('ok');

    assert.deepEqual(
      (await balancer.recorded(2)).map(({ target }) => target),
      ['first', 'second'],
    );
  });

  test('older than client_keep_alive get `Connection: close` with their next answer', async (t) => {
    const clock = moveClock(t);
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, { clientKeepAliveMs: 100 }, [target]);
    const client = await balancer.request(get());
    await client.receives('ok');
    assert.equal(header(client.received, 'connection'), 'keep-alive');

    await clock.pass(120);
    client.clear();
    client.send(get());
    await client.receives('ok');

    assert.equal(header(client.received, 'connection'), 'close');
    assert.equal(await client.ends(), 'fin');
  });
});

describe('stopping', () => {
  test('lets requests in flight finish, with `Connection: close`, and closes idle connections at once', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);
    const idle = balancer.connect();
    await waitFor('the idle connection', () => !idle.socket.connecting);
    const busy = balancer.connect();
    busy.send(get());
    const peer = await target.connection(0);
    await peer.receives('\r\n\r\n');

    const stopped = balancer.balancer.stop(5000);
    assert.equal(await idle.ends(), 'fin');
    peer.send(OK);
    await busy.ends();
    busy.socket.end();
    idle.socket.end();
    await stopped;

    assert.match(busy.received, /^HTTP\/1\.1 200 .*Connection: close.*ok$/su);
    assert.equal((await balancer.record()).status, 200);
  });

  test('cuts what is still in flight after the grace, on record', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, {}, [target]);
    const client = balancer.connect();
    client.send(get());
    await (await target.connection(0)).receives('\r\n\r\n');

    await balancer.balancer.stop(50);

    await client.ends();
    assert.equal((await balancer.record()).status, undefined);
  });
});
