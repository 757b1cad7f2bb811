import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { CreateServiceCommand, DescribeClustersCommand, ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client, RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ECS } from '../../src/cloud/models/ecs.ts';
import { ELBV2 } from '../../src/cloud/models/elbv2.ts';
import { SQS } from '../../src/cloud/models/sqs.ts';
import { exceptionOf, ofQueues } from '../../src/cloud/sqs/check-messages.ts';
import { type CallRecord, createEndpoint } from '../../src/cloud/wire/endpoint.ts';
import { CloudFault } from '../../src/cloud/wire/fault.ts';
import type { CloudService } from '../../src/cloud/wire/service.ts';

const seen: unknown[] = [];
const echo = (output: unknown) => (input: unknown) => {
  seen.push(input);
  return output;
};

const ecs: CloudService = {
  name: 'Amazon ECS',
  model: ECS,
  protocol: { kind: 'json', version: '1.1', targetPrefix: 'AmazonEC2ContainerServiceV20141113' },
  invalidInputCode: 'InvalidParameterException',
  operations: {
    DescribeClusters: echo({ clusters: [{ clusterName: 'web', runningTasksCount: 2, unheardOf: 1 }], failures: [] }),
    CreateService: echo({ service: { serviceName: 'api', createdAt: new Date(1_700_000_000_500) } }),
    ListTasks: () => {
      throw new CloudFault('ClusterNotFoundException', 'Cluster not found.');
    },
  },
};
const sqs: CloudService = {
  name: 'Amazon SQS',
  model: SQS,
  protocol: { kind: 'json', version: '1.0', targetPrefix: 'AmazonSQS', exceptionOf },
  invalidInputCode: 'InvalidParameterValue',
  operations: {
    DeleteQueue: () => {
      throw ofQueues('NonExistentQueue', 'The specified queue does not exist.');
    },
  },
};
const elb: CloudService = {
  name: 'Elastic Load Balancing',
  model: ELBV2,
  protocol: { kind: 'query', namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/', signingName: 'elasticloadbalancing' },
  invalidInputCode: 'ValidationError',
  operations: {
    RegisterTargets: echo({}),
    DescribeTargetHealth: () => {
      throw new CloudFault('TargetGroupNotFound', "One or more target groups not found: <'it'>");
    },
  },
};

void describe('an unmodified AWS SDK', () => {
  const calls: CallRecord[] = [];
  const server = createServer(createEndpoint({ services: [ecs, elb, sqs], record: (call) => calls.push(call) }));
  let ecsClient: ECSClient;
  let elbClient: ElasticLoadBalancingV2Client;

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const options = {
      endpoint: `http://127.0.0.1:${address.port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
      maxAttempts: 1,
    };
    ecsClient = new ECSClient(options);
    elbClient = new ElasticLoadBalancingV2Client(options);
  });
  after(() => {
    ecsClient.destroy();
    elbClient.destroy();
    server.close();
    server.closeAllConnections();
  });

  test('reads an answer in JSON, and no member that the model does not know', async () => {
    const { clusters } = await ecsClient.send(new DescribeClustersCommand({ clusters: ['web'] }));

    assert.deepEqual(clusters, [{ clusterName: 'web', runningTasksCount: 2 }]);
    assert.deepEqual(seen.at(-1), { clusters: ['web'] });
  });

  test('reads instants', async () => {
    const { service } = await ecsClient.send(new CreateServiceCommand({ serviceName: 'api' }));

    assert.equal(service?.createdAt?.getTime(), 1_700_000_000_500);
  });

  test('throws the exception of its own that the answer names', async () => {
    await assert.rejects(ecsClient.send(new ListTasksCommand({ cluster: 'nowhere' })), {
      name: 'ClusterNotFoundException',
      message: 'Cluster not found.',
    });
  });

  test('sends a form with lists of structures, and reads XML', async () => {
    await elbClient.send(new RegisterTargetsCommand({ TargetGroupArn: 'arn', Targets: [{ Id: '10.0.0.1', Port: 80 }, { Id: '10.0.0.2' }] }));

    assert.deepEqual(seen.at(-1), { TargetGroupArn: 'arn', Targets: [{ Id: '10.0.0.1', Port: 80 }, { Id: '10.0.0.2' }] });
  });

  test('throws the exception of its own that an XML answer names, with its message unharmed', async () => {
    await assert.rejects(elbClient.send(new DescribeTargetHealthCommand({ TargetGroupArn: 'arn' })), {
      name: 'TargetGroupNotFoundException',
      message: "One or more target groups not found: <'it'>",
    });
  });

  for (const [name, input, message] of [
    [
      'a value out of range',
      { serviceName: 'api', desiredCount: 1.5 },
      /Value '1\.5' at 'desiredCount' failed to satisfy constraint: Member must be a whole number/,
    ],
    [
      'a value that is not of the enum',
      { serviceName: 'api', launchType: 'SPOT' },
      /Value 'SPOT' at 'launchType' failed to satisfy constraint: Member must satisfy enum value set: \[EC2, FARGATE/,
    ],
    [
      'a weight beyond its range',
      { serviceName: 'api', capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1_001 }] },
      /Value '1001' at 'capacityProviderStrategy\.1\.member\.weight' failed to satisfy constraint: Member must have value less than or equal to 1000/,
    ],
    ['what is required', { desiredCount: 1 }, /Value null at 'serviceName' failed to satisfy constraint: Member must not be null/],
  ] as const) {
    test(`is refused ${name}, with the code of the service`, async () => {
      // What TypeScript would refuse, too: older clients and other languages send it.
      const command = new CreateServiceCommand(Object.assign({ serviceName: '' }, { serviceName: undefined }, input));

      await assert.rejects(ecsClient.send(command), (error: Error) => error.name === 'InvalidParameterException' && message.test(error.message));
    });
  }

  test('is told what is served when it asks for something else', async () => {
    assert.match(
      await fetchUnknown(server),
      /Amazon ECS has no operation FlyToTheMoon here\. Served are DescribeClusters, CreateService, ListTasks\./,
    );
  });

  void describe('that is not one', () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const json = (operation: string): Record<string, string> => ({ 'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}` });

    test('may say null for what it does not give', async () => {
      const { status } = await post(server, json('DescribeClusters'), '{"clusters":null,"include":["TAGS"]}');

      assert.equal(status, 200);
      assert.deepEqual(seen.at(-1), { include: ['TAGS'] });
    });

    for (const [name, headers, body] of [
      ['null for an element of a list', json('DescribeClusters'), '{"clusters":[null]}'],
      ['null instead of an input', json('DescribeClusters'), 'null'],
      ['an operation by a name that every object has', json('constructor'), '{}'],
      ['a member by a name that every object has', json('DescribeClusters'), '{"constructor":{}}'],
      ['a body that is not JSON', json('DescribeClusters'), '{'],
      ['an operation in a form by such a name', form, 'Action=toString&Version=2015-12-01'],
    ] as const) {
      test(`is refused ${name}, as AWS refuses`, async () => {
        const { status, text } = await post(server, headers, body);

        assert.equal(status, 400, text);
        assert.match(text, /"__type":"\w+"|<Code>\w+<\/Code>/);
      });
    }

    test('is told both names of a fault by a service that once spoke the query protocol', async () => {
      const { status, text, queryError } = await post(server, { 'x-amz-target': 'AmazonSQS.DeleteQueue' }, '{"QueueUrl":"http://127.0.0.1/1/q"}');

      assert.deepEqual([status, queryError], [400, 'AWS.SimpleQueueService.NonExistentQueue;Sender']);
      assert.equal(text, '{"__type":"QueueDoesNotExist","message":"The specified queue does not exist."}');
    });

    test('is refused a service that is not here in the words of its own protocol', async () => {
      const { status, text } = await post(server, form, 'Action=GetCallerIdentity&Version=2011-06-15', 'sts');

      assert.equal(status, 404);
      assert.match(text, /<Code>UnknownOperationException<\/Code><Message>No service here[^<]*Amazon DynamoDB\./);
    });

    test('reads its own refusal in XML whatever characters it sent', async () => {
      const { text } = await post(
        server,
        form,
        'Action=RegisterTargets&Version=2015-12-01&%00%1f%0d%F0%9F%92%A5=1&TargetGroupArn=%00%ef%bf%bf%F0%9F%92%A5',
      );

      assert.match(text, /<Code>ValidationError<\/Code>/);
      // oxlint-disable-next-line no-control-regex -- what XML cannot say
      assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\uffff]/);
      assert.ok(!text.includes('undefined'));
    });

    test('is refused more than any call needs, and comes to read that', async () => {
      const { status, text } = await post(server, json('DescribeClusters'), `{"clusters":["${'x'.repeat(9 * 1024 * 1024)}"]}`);

      assert.equal(status, 413);
      assert.match(text, /"__type":"RequestEntityTooLarge"/);
    });

    test('is told of ten mistakes at most, and of each with so much of the value as one can read', async () => {
      const { text } = await post(
        server,
        json('DescribeClusters'),
        JSON.stringify({ clusters: Array.from({ length: 50_000 }, () => ({})), include: 'x'.repeat(9_000) }),
      );

      assert.ok(text.length < 10_000, String(text.length));
    });

    test('is understood in a form of twenty thousand members', async () => {
      const members = Array.from({ length: 20_000 }, (_, index) => `Targets.member.${index + 1}.Id=t`).join('&');

      const { status } = await post(server, form, `Action=RegisterTargets&Version=2015-12-01&TargetGroupArn=arn&${members}`);

      assert.equal(status, 200);
      assert.deepEqual(seen.at(-1), { TargetGroupArn: 'arn', Targets: Array.from({ length: 20_000 }, () => ({ Id: 't' })) });
    });
  });

  test('leaves a record of each call', () => {
    assert.ok(calls.some(({ operation, fault }) => operation === 'DescribeClusters' && fault === undefined));
    assert.ok(calls.some(({ operation, fault }) => operation === 'ListTasks' && fault === 'ClusterNotFoundException'));
  });
});

async function post(
  server: ReturnType<typeof createServer>,
  headers: Readonly<Record<string, string>>,
  body: string,
  service = 'elasticloadbalancing',
): Promise<{ readonly status: number; readonly text: string; readonly queryError: string | null }> {
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const authorization = `AWS4-HMAC-SHA256 Credential=lab/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(`http://127.0.0.1:${address.port}`, { method: 'POST', headers: { authorization, ...headers }, body });
  return { status: response.status, text: await response.text(), queryError: response.headers.get('x-amzn-query-error') };
}

async function fetchUnknown(server: ReturnType<typeof createServer>): Promise<string> {
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const answer = await fetch(`http://127.0.0.1:${address.port}`, {
    method: 'POST',
    headers: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.FlyToTheMoon' },
    body: '{}',
  });
  return answer.text();
}
