import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  waitUntilTasksRunning,
} from '@aws-sdk/client-ecs';
import { eventually, killProcessesWith, processesWith } from '../lab/support/processes.ts';
import { NETWORK } from './support/local-cloud.ts';

interface Started {
  readonly child: ChildProcess;
  readonly marker: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly output: () => string;
}

/** `spotproof cloud`, until it has said what to export. */
async function start(t: TestContext, flags: readonly string[]): Promise<Started> {
  const directory = await mkdtemp(path.join(tmpdir(), 'spotproof-cloud-'));
  const marker = `cloud-${randomUUID()}`;
  const program = fileURLToPath(new URL('./support/cloud-command.program.ts', import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@spotproof/source', program, 'cloud', '--directory', directory, ...flags], {
    env: { ...process.env, MARKER: marker },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(async () => {
    killProcessesWith(marker);
    await rm(directory, { recursive: true, force: true });
  });
  let [printed, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await eventually('it serves or has ended', () => errors.includes('Serving at') || child.exitCode !== null);
  const lines = printed.trim().split('\n');
  const environment = Object.fromEntries(lines.map((line) => /^export (\w+)=(.*)$/.exec(line)?.slice(1) ?? ['', '']));
  return { child, marker, environment, output: () => printed + errors };
}

async function runTasks({ environment }: Started): Promise<ECSClient> {
  const ecs = new ECSClient({
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    region: environment['AWS_REGION'] ?? '',
    credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '' },
  });
  await ecs.send(new CreateClusterCommand({ capacityProviders: ['FARGATE_SPOT'] }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'sleeper',
      cpu: '256',
      memory: '512',
      containerDefinitions: [{ name: 'app', image: 'x', command: ['sleep', '600'] }],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({
      serviceName: 'sleepers',
      taskDefinition: 'sleeper',
      desiredCount: 2,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      networkConfiguration: NETWORK,
    }),
  );
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({}));
  await waitUntilTasksRunning({ client: ecs, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { tasks: taskArns });
  return ecs;
}

/** What the control endpoint answers, to whoever claims to have come by the name `host`. */
function post({ environment }: Started, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(`${environment['AWS_ENDPOINT_URL']}/spotproof/interrupt`, { method: 'POST', headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    });
    call.on('error', reject);
    call.end(body);
  });
}

test('`spotproof cloud` says what to export, takes tasks back when it is asked with its token, and ends on SIGTERM with all that it runs', async (t) => {
  const cloud = await start(t, ['--port', '0', '--region', 'eu-west-1']);
  const ecs = await runTasks(cloud);
  const token = { 'x-spotproof-token': cloud.environment['SPOTPROOF_CLOUD_TOKEN'] ?? '' };

  assert.match(await post(cloud, {}, '{}'), /^403 .*x-spotproof-token/);
  assert.match(await post(cloud, { ...token, host: 'rebound.example' }, '{}'), /^403 /);
  assert.match(await post(cloud, { ...token, origin: 'https://page.example' }, '{}'), /^403 /);
  assert.match(await post(cloud, token, '{"count":"some"}'), /^400 .*count must be/);
  assert.match(
    await post(cloud, token, '{"service":"sleepers"}'),
    /^200 \{"interrupted":\["arn:aws:ecs:eu-west-1:111122223333:task\/default\/[0-9a-f]{32}"\]\}$/,
  );
  assert.ok(processesWith(cloud.marker).length >= 3);
  ecs.destroy();
  cloud.child.kill('SIGTERM');
  const [code] = (await once(cloud.child, 'exit')) as readonly unknown[];

  assert.equal(code, 0, cloud.output());
  await eventually('no process is left', () => processesWith(cloud.marker).length === 0);
});

test('nothing outlives `spotproof cloud` when it is killed', async (t) => {
  const cloud = await start(t, ['--port', '0']);
  (await runTasks(cloud)).destroy();

  cloud.child.kill('SIGKILL');

  await eventually('no process is left', () => processesWith(cloud.marker).length === 0);
});

for (const [flags, message] of [
  [['--port', '70000'], /--port must be a whole number from 0 to 65535/],
  [['--delivery', 'swift'], /--delivery must be one of prompt, typical, event-late, lossy, silent/],
  [['--region', 'here'], /region must be the name of an AWS region/],
] as const) {
  test(`\`spotproof cloud ${flags.join(' ')}\` ends with a sentence`, async (t) => {
    const { child, output } = await start(t, flags);

    assert.equal(child.exitCode, 2);
    assert.match(output(), message);
  });
}
