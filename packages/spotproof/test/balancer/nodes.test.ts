import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { Balancer } from '../../src/balancer/balancer.ts';
import { Peer } from './support/peer.ts';
import { answering, OK, startTarget } from './support/raw-target.ts';
import { get, startBalancer, TEST_CONFIG, waitFor } from './support/start-balancer.ts';

describe('several nodes', () => {
  test(
    'listen on ports of their own and connect from addresses of their own',
    { skip: process.platform !== 'linux' && 'one loopback address only' },
    async (t) => {
      const target = await startTarget(t, answering(OK));
      const balancer = await startBalancer(t, { nodes: 3 }, [target]);
      assert.equal(new Set(balancer.nodes.map(({ port }) => port)).size, 3);

      for (const { port, host } of balancer.nodes) {
        const client = Peer.to(port, host);
        client.send(get());
        await client.receives('ok');
      }

      assert.deepEqual(
        target.connections.map(({ socket }) => socket.remoteAddress),
        ['127.0.0.2', '127.0.0.3', '127.0.0.4'],
      );
      assert.deepEqual(
        (await balancer.recorded(3)).map(({ node }) => node),
        ['node-a', 'node-b', 'node-c'],
      );
    },
  );

  test('learn of a deregistration each after its own lag, and go on sending until then', async (t) => {
    const target = await startTarget(t, answering(OK));
    const balancer = await startBalancer(t, { nodes: 2 }, [target]);
    const drained = (): string[] => balancer.reports.flatMap((report) => (report.type === 'target-draining' ? [report.node] : []));
    const ask = async (index: number): Promise<string> => {
      const client = Peer.to(balancer.nodes[index]?.port ?? 0);
      client.send(get());
      await client.receives('\r\n\r\n');
      return client.statusLine.split(' ')[1] ?? '';
    };

    balancer.balancer.deregister('target', [0, 400]);
    assert.deepEqual(drained(), ['node-a']);
    assert.deepEqual([await ask(0), await ask(1)], ['503', '200']);

    await waitFor('the second node to learn of it', () => drained().length === 2);
    assert.equal(await ask(1), '503');
  });

  test('have a round robin and a health view of their own', async (t) => {
    const targets = [await startTarget(t, answering(OK), 'a'), await startTarget(t, answering(OK), 'b')];
    const balancer = await startBalancer(t, { nodes: 2 }, targets);

    for (const { port } of [...balancer.nodes, ...balancer.nodes]) {
      const client = Peer.to(port);
      client.send(get());
      await client.receives('ok');
    }

    assert.deepEqual(
      (await balancer.recorded(4)).map(({ node, target }) => `${node} ${target}`),
      ['node-a a', 'node-b a', 'node-a b', 'node-b b'],
    );
  });
});

for (const [what, change] of [
  ['nodes', { nodes: 0 }],
  ['nodes', { nodes: 7 }],
  ['idleTimeoutMs', { idleTimeoutMs: Number.NaN }],
  ['healthCheck.path', { healthCheck: { ...TEST_CONFIG.healthCheck, path: '/a b' } }],
  ['healthCheck.matcher[1]', { healthCheck: { ...TEST_CONFIG.healthCheck, matcher: [300, 200] as const } }],
] as const) {
  test(`a configuration with a bad ${what} is refused by that name (${JSON.stringify(change)})`, () => {
    assert.throws(
      () => new Balancer({ config: { ...TEST_CONFIG, ...change }, writeRecord: () => {}, report: () => {} }),
      (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && String(error).includes(what),
    );
  });
}
