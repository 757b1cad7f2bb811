import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { describe, test } from 'node:test';
import { requireNode } from '../../scripts/support/nodes.ts';
import { ROOT } from '../../scripts/support/workspace.ts';

/**
 * What a drain must do, and the process tests that show it, on the newest Node in the gate and on the older ones here. The lab (`test/lab`) shows the
 * first four with real loads, and `npm run bench -- runtime-cost` what counting costs.
 */
const ROWS: readonly { readonly row: string; readonly file: string; readonly title: string }[] = [
  { row: 'deregistered 0 to 10 s late', file: 'linger', title: 'a new connection is served, and its answer says Connection: close' },
  { row: 'deregistered 0 to 10 s late', file: 'linger', title: 'a request on a kept connection is served, and closes it' },
  { row: 'deregistered 20 s late', file: 'linger', title: 'a request that comes on a kept connection after the listener closed is served' },
  {
    row: 'only health checks end the traffic',
    file: 'health',
    title: 'a check of the balancer goes to the app before SIGTERM and gets 503 after it',
  },
  { row: 'low traffic', file: 'linger', title: 'with hardly any traffic silence says nothing: the linger lasts to its cap' },
  { row: 'an answer longer than the budget', file: 'endings', title: 'an answer longer than the budget is the one loss' },
  { row: 'accept queue', file: 'accept-queue', title: '20 of 20 are served when the listener closes right after a stall' },
  { row: 'WebSocket', file: 'adapters/web-sockets', title: 'each then gets 1012 after its last message, spread over at least two seconds' },
  { row: 'SSE', file: 'adapters/event-streams', title: 'then end completely with a retry field, spread over at least two seconds' },
  { row: 'HTTP/2', file: 'http2/http2', title: 'a stream in flight at SIGTERM is finished, the client is told to leave, and the process exits' },
  { row: 'node:cluster', file: 'cluster', title: 'under auto: SIGTERM to the primary alone lets three workers finish' },
  { row: 'worker threads', file: 'threads', title: 'under auto: servers in threads linger, finish and end' },
  {
    row: 'npm start',
    file: 'package-managers',
    title: 'npm start as PID 1 hands SIGTERM on, so that the open request is answered, and passes the exit code on',
  },
  { row: 'sh -c', file: 'platform/boot-warning', title: 'sh -c is named by auto before the app has run a line, once, with the fix' },
];

/** All of these run, since they lean on the insides of Node; of the other files of the table only what it names. */
const WHOLE = [
  'accept-queue',
  'adapters/frameworks',
  'adapters/web-sockets',
  'auto',
  'auto-loading',
  'connection-close',
  'endings',
  'exec/first-process',
  'health/readiness',
  'https',
  'linger',
  'order',
  'platform/platform',
  'signals',
];

const NAMED = ROWS.filter(({ file }) => !WHOLE.includes(file));

// The runtime's own process tests drive programs on the older Nodes, which load the built package as a user's container would.
void describe('the built runtime drains as it does on the newest Node', { concurrency: 2 }, () => {
  for (const major of [20, 22] as const) {
    test(`on Node ${major}`, async () => {
      const { program } = requireNode(major);

      const whole = await runTests(program, WHOLE, []);
      const named = await runTests(
        program,
        NAMED.map(({ file }) => file),
        NAMED.map(({ title }) => `--test-name-pattern=${title}`),
      );

      assert.equal(whole.status, 0, whole.output);
      assert.equal(named.status, 0, named.output);
      const output = `${whole.output}\n${named.output}`;
      const passed = output.split('\n').filter((line) => /^\s*ok \d+ - /.test(line) && !line.includes('# SKIP'));
      const missing = ROWS.filter(({ title }) => !passed.some((line) => line.includes(title)));
      assert.deepEqual(missing, [], 'rows that no test has shown');
    });
  }
});

async function runTests(
  program: string,
  names: readonly string[],
  patterns: readonly string[],
): Promise<{ readonly status: number | null; readonly output: string }> {
  const files = [...new Set(names)].map((name) => `packages/runtime/test/${name}.process.test.ts`);
  assert.equal(globSync(files, { cwd: ROOT }).length, files.length, 'a file of the sample was renamed');
  const args = ['--conditions=@spotproof/source', '--test', '--test-reporter=tap', '--test-concurrency=3', ...patterns, ...files];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    // Without NODE_TEST_CONTEXT, or the inner run takes itself for one file of this one.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, SPOTPROOF_TEST_NODE: program },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 150_000,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
