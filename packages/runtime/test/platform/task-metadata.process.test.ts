import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readTaskMetadata } from '../../src/platform/task-metadata.ts';
import { Agent } from '../support/agent.ts';

void describe('task metadata', () => {
  test('the task endpoint tells task, cluster, family, service, zone and address', async () => {
    await using agent = await Agent.start(() => ({
      body: JSON.stringify({
        Cluster: 'default',
        TaskARN: 'arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c',
        Family: 'orders',
        Revision: '26',
        ServiceName: 'orders',
        AvailabilityZone: 'us-west-2d',
        LaunchType: 'FARGATE',
        Containers: [{ Name: 'log' }, { Name: 'app', Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['10.0.2.106'] }] }],
      }),
    }));

    const task = await readTaskMetadata(`${agent.url}/v4/abc`);

    assert.deepEqual(task, {
      taskArn: 'arn:aws:ecs:us-west-2:111122223333:task/default/158d1c8083dd49d6b527399fd6414f5c',
      cluster: 'default',
      family: 'orders',
      revision: '26',
      service: 'orders',
      availabilityZone: 'us-west-2d',
      privateIpv4Address: '10.0.2.106',
    });
    assert.equal(agent.calls[0]?.line, 'GET /v4/abc/task');
  });

  for (const [title, answer] of [
    ['an endpoint that hangs', undefined],
    ['an error', { status: 500, body: '{"TaskARN":"arn"}' }],
    ['something that is no JSON', { body: '<html>' }],
    ['JSON without a task', { body: '[null]' }],
    ['an answer without an end', { body: `{"TaskARN":"${'x'.repeat(1_100_000)}"}` }],
  ] as const) {
    test(`${title} is no task, and nothing is thrown`, async () => {
      await using agent = await Agent.start(() => answer);

      assert.equal(await readTaskMetadata(agent.url, 300), undefined);
      assert.equal(agent.calls.length, 1);
    });
  }

  test('nobody there, and something that is no URL, are no task either', async () => {
    const gone = await Agent.start(() => undefined);
    await gone[Symbol.asyncDispose]();

    assert.equal(await readTaskMetadata(gone.url, 300), undefined);
    assert.equal(await readTaskMetadata('169.254.170.2', 300), undefined);
  });
});
