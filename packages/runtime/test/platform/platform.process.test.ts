import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Agent, type AgentCall } from '../support/agent.ts';
import { Program } from '../support/program.ts';
import { ask } from '../support/raw-client.ts';
import { waitFor } from '../support/wait-for.ts';

const TASK = {
  TaskARN: 'arn:aws:ecs:eu-west-1:111122223333:task/shop/1',
  Family: 'orders',
  AvailabilityZone: 'eu-west-1b',
  Containers: [{ Networks: [{ IPv4Addresses: ['10.0.0.7'] }] }],
};
const ON = { ProtectionEnabled: true, ExpiresInMinutes: 120 };
const OFF = { ProtectionEnabled: false };

void describe('the platform around the process', { concurrency: 8 }, () => {
  test('the report names task, family and zone, and the own target is deregistered once with what is known of the task', async () => {
    await using agent = await Agent.start(usual);
    await using app = await start(agent, { DEREGISTER: 'done' });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.task?.taskArn, TASK.TaskARN);
    assert.deepEqual([report.task?.family, report.task?.availabilityZone], ['orders', 'eu-west-1b']);
    assert.equal(report.deregistration?.outcome, 'done');
    assert.deepEqual(
      app.output.filter((line) => line.startsWith('deregistered')),
      ['deregistered 10.0.0.7 false'],
    );
  });

  test('endpoints that hang delay neither the start nor the drain', async () => {
    await using agent = await Agent.start(() => undefined);
    await using app = await start(agent, { DEREGISTER: 'hangs' });
    await ask(app.port, '/work');
    await ask(app.port, '/done');

    app.signal('SIGTERM');
    const report = await app.report();

    assert.equal(report.outcome, 'drained');
    assert.equal(report.exitCode, 0);
    assert.equal(report.task, undefined);
    assert.equal(report.deregistration?.outcome, 'under way');
  });

  test('outside of ECS there is nothing to tell and nothing to complain about', async () => {
    await using app = await Program.start('platform.mjs');
    await ask(app.port, '/work');
    await ask(app.port, '/done');

    app.signal('SIGTERM');
    const report = await app.report();

    assert.ok(!('task' in report) && !('deregistration' in report));
    assert.deepEqual(report.warnings, []);
    assert.deepEqual(app.complaints, []);
  });

  test('a deregistration that fails is a value in the report, and the drain goes on', async () => {
    await using app = await Program.start('platform.mjs', { env: { DEREGISTER: 'fails' } });

    app.signal('SIGTERM');
    const report = await app.report();

    assert.deepEqual([report.deregistration?.outcome, report.deregistration?.error], ['failed', 'AccessDenied']);
    assert.equal(report.outcome, 'drained');
  });
});

void describe('task scale-in protection', { concurrency: 8 }, () => {
  test('many pieces of work in a row are one request, and the drain takes the protection off while work is still open', async () => {
    await using agent = await Agent.start(usual);
    await using app = await start(agent);
    for (let job = 0; job < 5; job += 1) {
      await ask(app.port, '/work');
      await ask(app.port, '/done');
    }
    await ask(app.port, '/work');
    await waitFor('protection was asked for', () => protections(agent).length > 0);

    app.signal('SIGTERM');
    await waitFor('protection was taken off', () => protections(agent).length > 1);
    await ask(app.port, '/done');
    await app.ended;

    assert.deepEqual(protections(agent), [ON, OFF]);
  });

  test('it is not asked for without work, and not without being wanted', async () => {
    await using agent = await Agent.start(usual);
    await using idle = await start(agent);
    await using unwanted = await start(agent, { WANT: 'no' });
    await ask(unwanted.port, '/work');
    await ask(unwanted.port, '/done');

    for (const app of [idle, unwanted]) app.signal('SIGTERM');
    await Promise.all([idle.ended, unwanted.ended]);

    assert.deepEqual(protections(agent), []);
  });

  for (const [title, answer, expected] of [
    [
      'a standalone task',
      { body: '{"failure":{"Arn":"arn","Detail":null,"Reason":"TASK_NOT_VALID"}}' },
      /TASK_NOT_VALID\. Only a running task of a service/,
    ],
    [
      'a role without permission',
      { status: 400, body: '{"requestID":"1","error":{"Arn":"arn","Code":"AccessDeniedException","Message":"not authorized"}}' },
      /AccessDeniedException \(not authorized\)\. Give the task role .* ecs:UpdateTaskProtection/,
    ],
    ['an agent that is broken', { status: 500, body: 'oops' }, /switched on: status 500/],
  ] as const) {
    test(`${title} is a warning that says what to change, asked for once`, async () => {
      await using agent = await Agent.start(({ line }) => (line.startsWith('PUT') ? answer : usual({ line, body: undefined })));
      await using app = await start(agent);
      for (let job = 0; job < 3; job += 1) {
        await ask(app.port, '/work');
        await ask(app.port, '/done');
      }
      await waitFor('protection was asked for', () => protections(agent).length > 0);

      app.signal('SIGTERM');
      const report = await app.report();

      assert.match(report.warnings.join('\n'), expected);
      assert.deepEqual(protections(agent), [ON]);
      assert.equal(report.exitCode, 0);
    });
  }
});

function usual({ line, body }: AgentCall): { readonly body: string } {
  return line.startsWith('GET')
    ? { body: JSON.stringify(TASK) }
    : { body: JSON.stringify({ protection: { ...(body as object), TaskArn: TASK.TaskARN } }) };
}

function protections(agent: Agent): readonly unknown[] {
  return agent.calls.filter(({ line }) => line === 'PUT /api/task-protection/v1/state').map(({ body }) => body);
}

async function start(agent: Agent, env: Readonly<Record<string, string>> = {}): Promise<Program> {
  return await Program.start('platform.mjs', {
    env: { ECS_CONTAINER_METADATA_URI_V4: `${agent.url}/v4/abc`, ECS_AGENT_URI: `${agent.url}/api`, ...env },
  });
}
