import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateTableCommand, ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeTasksCommand,
  ListTasksCommand,
  PutClusterCapacityProvidersCommand,
  RunTaskCommand,
  waitUntilTasksStopped,
} from '@aws-sdk/client-ecs';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { CloudFault } from '../../src/cloud/wire/fault.ts';
import { callEvents } from './support/events-client.ts';
import { NETWORK, TestCloud } from './support/local-cloud.ts';

async function messagesOfOneTask(it: TestCloud): Promise<number> {
  const { QueueUrl = '' } = await it.sqs.send(new CreateQueueCommand({ QueueName: 'all' }));
  await callEvents(it.cloud, 'PutRule', { Name: 'all', EventPattern: JSON.stringify({ source: ['aws.ecs'] }) });
  await callEvents(it.cloud, 'PutTargets', { Rule: 'all', Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:111122223333:all' }] });
  await it.cluster('web');
  await it.definition('brief', ['true']);
  const { tasks = [] } = await it.ecs.send(
    new RunTaskCommand({ cluster: 'web', taskDefinition: 'brief', launchType: 'FARGATE', networkConfiguration: NETWORK }),
  );
  await waitUntilTasksStopped({ client: it.ecs, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { cluster: 'web', tasks: [tasks[0]?.taskArn ?? ''] });
  const { Messages = [] } = await it.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.length;
}

test('events of a task are in the queue when it has stopped, by the profile prompt', async () => {
  const it = await TestCloud.start();
  try {
    assert.ok((await messagesOfOneTask(it)) >= 5);
  } finally {
    await it.stop();
  }
});

test('no event ever arrives, by the profile silent', async () => {
  const it = await TestCloud.start({ delivery: 'silent' });
  try {
    assert.equal(await messagesOfOneTask(it), 0);
  } finally {
    await it.stop();
  }
});

test('calls are refused when they come more often than AWS allows, and only if that is asked for', async () => {
  const providers = new PutClusterCapacityProvidersCommand({ cluster: 'web', capacityProviders: ['FARGATE'], defaultCapacityProviderStrategy: [] });
  const refusedOf = async (throttle: boolean): Promise<number> => {
    const it = await TestCloud.start({ throttle });
    try {
      await it.cluster('web');
      const names: string[] = [];
      // The bucket holds 20 and gets one a second back.
      for (let count = 0; count < 30; count++) await it.ecs.send(providers).catch((error: Error) => names.push(`${error.name}: ${error.message}`));
      assert.ok(
        names.every((name) => name === 'ThrottlingException: Rate exceeded'),
        names.join(),
      );
      return names.length;
    } finally {
      await it.stop();
    }
  };

  assert.equal(await refusedOf(false), 0);
  assert.ok((await refusedOf(true)) >= 1);
});

test('DynamoDB is on the same port, and fails like the rest when that is planted', async () => {
  let isBroken = false;
  const calls: string[] = [];
  const it = await TestCloud.start({
    admit: () => {
      if (isBroken) throw new CloudFault('ProvisionedThroughputExceededException', 'Planted.');
    },
    onCall: ({ service, operation, fault }) => calls.push(`${service} ${operation} ${fault ?? 'ok'}`),
  });
  try {
    await it.dynamo.send(
      new CreateTableCommand({
        TableName: 'memory',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const put = new PutItemCommand({ TableName: 'memory', Item: { pk: { S: 'one' } }, ConditionExpression: 'attribute_not_exists(pk)' });
    await it.dynamo.send(put);
    await assert.rejects(it.dynamo.send(put), { name: 'ConditionalCheckFailedException' });

    isBroken = true;

    await assert.rejects(it.dynamo.send(new ListTablesCommand({})), { name: 'ProvisionedThroughputExceededException', message: 'Planted.' });
    assert.ok(
      calls.includes('Amazon DynamoDB CreateTable ok') && calls.includes('Amazon DynamoDB ListTables ProvisionedThroughputExceededException'),
    );
  } finally {
    await it.stop();
  }
});

test('two clusters keep their tasks apart', async () => {
  const it = await TestCloud.start();
  try {
    await it.cluster('one');
    await it.cluster('two');
    await it.definition('sleeper', ['sleep', '60']);
    const run = { taskDefinition: 'sleeper', launchType: 'FARGATE', networkConfiguration: NETWORK } as const;
    const { tasks: [first] = [] } = await it.ecs.send(new RunTaskCommand({ ...run, cluster: 'one' }));
    const { tasks: [second] = [] } = await it.ecs.send(new RunTaskCommand({ ...run, cluster: 'two' }));

    const { taskArns } = await it.ecs.send(new ListTasksCommand({ cluster: 'one' }));
    const { tasks, failures } = await it.ecs.send(new DescribeTasksCommand({ cluster: 'one', tasks: [second?.taskArn ?? ''] }));

    assert.deepEqual(taskArns, [first?.taskArn]);
    assert.deepEqual([tasks, failures?.[0]?.reason], [[], 'MISSING']);
  } finally {
    await it.stop();
  }
});
