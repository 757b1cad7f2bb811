import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answering, OK, startTarget } from './support/raw-target.ts';
import { get, startBalancer } from './support/start-balancer.ts';

describe('deregistration', () => {
  test('requests in flight finish on the draining target; new ones go elsewhere', async (t) => {
    const leaving = await startTarget(t, () => {}, 'leaving');
    const staying = await startTarget(t, answering(OK), 'staying');
    const balancer = await startBalancer(t, {}, [leaving]);
    const early = balancer.connect();
    early.send(get());
    const peer = await leaving.connection(0);
    await peer.receives('\r\n\r\n');

    balancer.balancer.register(staying.address);
    balancer.balancer.deregister('leaving');
    for (let count = 0; count < 3; count++) await (await balancer.request(get())).receives('ok');
    peer.send(OK);
    await early.receives('ok');

    assert.deepEqual(
      (await balancer.recorded(4)).map(({ target, status }) => [target, status]),
      [...Array.from({ length: 3 }, () => ['staying', 200]), ['leaving', 200]],
    );
    assert.equal(leaving.connections.length, 1);
  });

  test('a request still out when the delay has elapsed is a 502', async (t) => {
    const target = await startTarget(t, () => {});
    const balancer = await startBalancer(t, { deregistrationDelayMs: 100 }, [target]);
    const client = balancer.connect();
    client.send(get());
    await (await target.connection(0)).receives('\r\n\r\n');

    balancer.balancer.deregister('target');
    await client.receives('</html>');

    assert.match(client.statusLine, / 502 /u);
    const record = await balancer.record();
    assert.deepEqual([record.cause, record.status], ['deregistration-delay-elapsed', 502]);
    await target.connections[0]?.ends();
  });

  test('an answer half way out when the delay has elapsed is cut', async (t) => {
    const target = await startTarget(t, answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'));
    const balancer = await startBalancer(t, { deregistrationDelayMs: 100 }, [target]);
    const client = await balancer.request(get());
    await client.receives('half');

    balancer.balancer.deregister('target');

    assert.equal(await client.ends(), 'fin');
    assert.match(client.received, /half$/u);
    assert.deepEqual([(await balancer.record()).cause, (await balancer.record()).status], ['deregistration-delay-elapsed', 200]);
  });

  test('idle connections to a draining target stay open until the delay is over, and so long its state is draining', async (t) => {
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, { deregistrationDelayMs: 300 }, [target]);
    await (await balancer.request(get())).receives('ok');
    const states = (): string[] => balancer.reports.flatMap((report) => (report.type === 'target-health' ? [report.state] : []));

    balancer.balancer.deregister('target');
    await target.connections[0]?.ends();

    assert.deepEqual(states(), ['initial', 'draining', 'unused']);
    assert.equal(balancer.reports.filter(({ type }) => type === 'target-draining').length, 1);
  });
});
