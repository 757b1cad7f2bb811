import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConnectionReport } from '../../packages/spotproof/src/verdict/report-document.ts';
import { explain, lab, type LabResult } from './support/lab-cli.ts';
import { assertNothingLost } from './support/series.ts';

// The adapters in the examples drain; `--protect` drains the program that knows nothing of it. These load the machine so little that they bear each other's company.
describe('when a task is taken back', { concurrency: 6 }, () => {
  test('each WebSocket on it is closed with 1012, spread over two seconds at least, and no message is lost', async () => {
    const result = await lab([...DRAINING, '--rate', '6', '--requests', 'examples/ws/requests.json', '--', 'node', 'examples/ws/server.mjs']);

    assertNothingLost(result);
    const [connections] = result.report.connections;
    assert.deepEqual(connections?.closeCodes, { 1012: connections?.toldToReconnect }, explain(result));
    assertToldOverTime(connections, result);
  });

  test('each event stream on it is ended with `retry:`, spread over two seconds at least, and no event is missed', async () => {
    const result = await lab([
      ...[...DRAINING, '--health-check', '/readyz,2s,2', '--rate', '6'],
      ...['--requests', 'examples/sse/requests.json', '--', 'node', 'examples/sse/server.mjs'],
    ]);

    assertNothingLost(result);
    assertToldOverTime(result.report.connections[0], result);
  });

  test('no HTTP/2 stream on it is cut, behind TLS', async () => {
    const result = await lab([
      ...DRAINING,
      '--protect',
      '--protocol-version',
      'http2',
      '--rate',
      '20',
      '--',
      'node',
      'test/lab/programs/plain-http2.mjs',
    ]);

    assertNothingLost(result);
  });

  test('no gRPC call on it is cut', async () => {
    const result = await lab([
      ...[...DRAINING, '--protocol-version', 'grpc', '--listener', 'h2c', '--health-check', '/grpc.health.v1.Health/Check,2s,2', '--rate', '20'],
      ...['--requests', 'examples/grpc/requests.json', '--', 'node', 'examples/grpc/server.mjs'],
    ]);

    assertNothingLost(result);
  });

  test('a WebSocket server with the usual handler cuts its clients, and the report says so', async () => {
    const result = await lab([...USUAL, '--rate', '6', '--requests', 'examples/ws/requests.json', '--', 'node', 'test/lab/programs/plain-ws.mjs']);

    assert.equal(result.exitCode, 1, explain(result));
    assert.ok((result.report.connections[0]?.cut ?? 0) > 0, explain(result));
    assert.ok(
      result.report.blame.some(({ sentence, taskId }) => taskId !== undefined && /cut \d+ WebSockets? .*code 1006/.test(sentence)),
      explain(result),
    );
  });

  test('an HTTP/2 server with the usual handler cuts its streams, and the report says so', async () => {
    const result = await lab([
      ...[...USUAL, '--protocol-version', 'http2', '--listener', 'h2c', '--rate', '20', '--', 'node', 'test/lab/programs/plain-http2.mjs'],
    ]);

    assert.equal(result.exitCode, 1, explain(result));
    assert.ok((result.report.requests.byClass['truncated-rst'] ?? 0) > 0, explain(result));
    assert.ok(
      result.report.blame.some(({ sentence }) => /exited .* in flight/.test(sentence)),
      explain(result),
    );
  });
});

/** All clients of the task that went were told, and not in one wave. */
function assertToldOverTime(connections: ConnectionReport | undefined, result: LabResult): void {
  assert.ok(connections !== undefined, explain(result));
  assert.ok(connections.toldToReconnect >= 5, explain(result));
  assert.ok(connections.reconnects >= connections.toldToReconnect - 2, explain(result));
  assert.equal(connections.cut, 0, explain(result));
  const [farewell, ...others] = connections.farewells;
  assert.deepEqual(others, [], 'one task went');
  assert.ok((farewell?.spreadMs ?? 0) >= 2000, `spread over ${farewell?.spreadMs} ms\n${explain(result)}`);
}

const COMMON = ['--tasks', '2', '--control', '2', '--interrupt', '1@1s', '--deregistration-delay', '20'] as const;
const DRAINING = [...COMMON, '--deregister-after', '2'] as const;
const USUAL = [...COMMON, '--deregister-after', '1', '--stop-timeout', '4'] as const;
