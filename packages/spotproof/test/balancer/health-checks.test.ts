import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { HealthCheckConfig } from '../../src/balancer/protocol.ts';
import { header, type Peer } from './support/peer.ts';
import { OK, startTarget, type RawTarget } from './support/raw-target.ts';
import { get, startBalancer, TEST_CONFIG, waitFor, type TestBalancer } from './support/start-balancer.ts';

const CHECK: HealthCheckConfig = { ...TEST_CONFIG.healthCheck, intervalMs: 40, timeoutMs: 2000 };

/** A target whose health can be changed, and which keeps what the checks looked like. */
async function startCheckedTarget(
  t: TestContext,
  id: string,
  answer: { check: string | undefined },
): Promise<{ readonly target: RawTarget; readonly checks: Peer[] }> {
  const checks: Peer[] = [];
  const target = await startTarget(
    t,
    async (peer) => {
      await peer.receives('\r\n\r\n');
      if (header(peer.received, 'user-agent') !== 'ELB-HealthChecker/2.0') {
        peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${id.length}\r\nConnection: close\r\n\r\n${id}`);
        return;
      }
      checks.push(peer);
      if (answer.check !== undefined) peer.send(answer.check);
    },
    id,
  );
  return { target, checks };
}

const healthOf = (balancer: TestBalancer, id: string): (string | undefined)[] => {
  const last = balancer.reports.findLast((report) => report.type === 'target-health' && report.targetId === id);
  return last?.type === 'target-health' ? [last.state, last.reason] : [];
};

describe('health checks', () => {
  test('come on a connection each, as ELB-HealthChecker/2.0 with Connection: close, which is closed after the answer', async (t) => {
    const { target, checks } = await startCheckedTarget(t, 'a', { check: OK });
    const balancer = await startBalancer(t, { healthCheck: CHECK }, [target]);

    await waitFor('three checks', () => checks.length >= 3);

    const [first] = checks;
    assert.match(first?.received ?? '', /^GET \/health HTTP\/1\.1\r\n/u);
    assert.equal(header(first?.received ?? '', 'host'), `127.0.0.1:${target.address.port}`);
    assert.equal(header(first?.received ?? '', 'connection'), 'close');
    assert.equal(await first?.ends(), 'fin');
    assert.deepEqual(healthOf(balancer, 'a'), ['healthy', undefined]);
    assert.equal(balancer.records.length, 0);
  });

  for (const [what, check, reason, config] of [
    ['another status', 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n', 'Target.ResponseCodeMismatch', {}],
    ['silence', undefined, 'Target.Timeout', { timeoutMs: 50 }],
    ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'Target.Timeout', { timeoutMs: 50 }],
    ['nonsense', 'nonsense\r\n\r\n', 'Target.FailedHealthChecks', {}],
  ] as const) {
    test(`${what} fails with ${reason}`, async (t) => {
      const { target } = await startCheckedTarget(t, 'a', { check });
      const balancer = await startBalancer(t, { healthCheck: { ...CHECK, ...config } }, [target]);

      await waitFor('the target to be unhealthy', () => healthOf(balancer, 'a')[0] === 'unhealthy');

      assert.equal(healthOf(balancer, 'a')[1], reason);
    });
  }

  test('a closed port fails with Target.FailedHealthChecks', async (t) => {
    const { target } = await startCheckedTarget(t, 'a', { check: OK });
    target.server.close();
    const balancer = await startBalancer(t, { healthCheck: CHECK }, [target]);

    await waitFor('the target to be unhealthy', () => healthOf(balancer, 'a')[0] === 'unhealthy');

    assert.equal(healthOf(balancer, 'a')[1], 'Target.FailedHealthChecks');
  });

  test('the matcher decides which statuses pass', async (t) => {
    const { target } = await startCheckedTarget(t, 'a', { check: 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n' });
    const balancer = await startBalancer(t, { healthCheck: { ...CHECK, matcher: [200, 499] } }, [target]);

    await waitFor('the target to be healthy', () => healthOf(balancer, 'a')[0] === 'healthy');
  });

  test('move traffic away from a target that turns bad, and back when it is good again', async (t) => {
    const answer: { check: string } = { check: OK };
    const { target: changing } = await startCheckedTarget(t, 'changing', answer);
    const { target: steady } = await startCheckedTarget(t, 'steady', { check: OK });
    const balancer = await startBalancer(t, { healthCheck: CHECK }, [changing, steady]);
    const served = async (): Promise<readonly string[]> => {
      const bodies: string[] = [];
      for (let count = 0; count < 4; count++) {
        const client = await balancer.request(get());
        await client.until('the body', () => client.body !== '');
        bodies.push(client.body);
      }
      return bodies.toSorted();
    };
    await waitFor('both to be healthy', () => ['changing', 'steady'].every((id) => healthOf(balancer, id)[0] === 'healthy'));
    assert.deepEqual(await served(), ['changing', 'changing', 'steady', 'steady']);

    answer.check = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n';
    await waitFor('it to be unhealthy', () => healthOf(balancer, 'changing')[0] === 'unhealthy');
    assert.deepEqual(await served(), ['steady', 'steady', 'steady', 'steady']);

    answer.check = OK;
    await waitFor('it to be healthy again', () => healthOf(balancer, 'changing')[0] === 'healthy');
    assert.deepEqual(await served(), ['changing', 'changing', 'steady', 'steady']);
  });

  test('when all are unhealthy, all get traffic (fail-open), and the record says so', async (t) => {
    const { target } = await startCheckedTarget(t, 'a', { check: undefined });
    const balancer = await startBalancer(t, { healthCheck: { ...CHECK, timeoutMs: 20 } }, [target]);
    await waitFor('it to be unhealthy', () => healthOf(balancer, 'a')[0] === 'unhealthy');

    const client = await balancer.request(get());

    assert.match(client.statusLine, / 200 /u);
    assert.equal((await balancer.record()).targetState, 'unhealthy');
  });
});
