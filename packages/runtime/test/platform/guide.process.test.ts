import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { Agent } from '../support/agent.ts';

const RUNTIME = path.join(import.meta.dirname, '..', '..');
const SDK = '@aws-sdk/client-elastic-load-balancing-v2';

/** As much of the SDK as the guide uses; it says what it would send. */
const SDK_STAND_IN = `
export class DeregisterTargetsCommand { constructor(input) { this.input = input; } }
export class ElasticLoadBalancingV2Client {
  async send(command, { abortSignal }) { console.log('sent', JSON.stringify({ ...command.input, aborted: abortSignal.aborted })); }
}`;

test("the guide's own deregistration sends address, port and group of this task, and the report says that it is done", async () => {
  const guide = readFileSync(path.join(RUNTIME, '..', '..', 'docs', 'guides', 'platform.md'), 'utf8');
  const code = /<!-- run by a test -->\n```js\n(.*?)```/s.exec(guide)?.[1];
  assert.ok(code !== undefined);
  await using agent = await Agent.start(() => ({ body: '{"TaskARN":"arn","Containers":[{"Networks":[{"IPv4Addresses":["10.0.0.7"]}]}]}' }));
  const folder = mkdtempSync(path.join(tmpdir(), 'spotproof-guide-'));
  try {
    mkdirSync(path.join(folder, 'node_modules', SDK), { recursive: true });
    mkdirSync(path.join(folder, 'node_modules', '@spotproof'));
    symlinkSync(RUNTIME, path.join(folder, 'node_modules', '@spotproof', 'runtime'));
    writeFileSync(path.join(folder, 'node_modules', SDK, 'package.json'), '{"type":"module","exports":"./index.js"}');
    writeFileSync(path.join(folder, 'node_modules', SDK, 'index.js'), SDK_STAND_IN);
    writeFileSync(
      path.join(folder, 'server.mjs'),
      `${code}\nserver.on('listening', () => setImmediate(() => process.kill(process.pid, 'SIGTERM')));\n`,
    );

    const { output, errors } = await run(path.join(folder, 'server.mjs'), agent.url);

    assert.deepEqual(output, ['sent {"TargetGroupArn":"arn:group","Targets":[{"Id":"10.0.0.7","Port":0}],"aborted":false}'], errors.join('\n'));
    assert.match(errors.join('\n'), /"deregistration":\{"outcome":"done"/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function run(file: string, agentUrl: string): Promise<{ readonly output: readonly string[]; readonly errors: readonly string[] }> {
  const child = spawn(process.execPath, ['--conditions=@spotproof/source', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
    env: {
      PORT: '0',
      TARGET_GROUP_ARN: 'arn:group',
      ECS_CONTAINER_METADATA_URI_V4: agentUrl,
      SPOTPROOF_REPORT: 'stderr',
      SPOTPROOF_STOP_TIMEOUT: '2',
    },
  });
  const output: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => output.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  await once(child, 'close');
  return { output, errors };
}
