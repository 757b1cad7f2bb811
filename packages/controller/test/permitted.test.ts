import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { VirtualClock } from '@spotproof/core';
import { connectController, controllerPolicy, parseUnits, type PolicyStatement } from '@spotproof/controller';
import { Rig } from './rig.ts';

const REGION = 'eu-west-1';
const ACCOUNT = '111122223333';
const TARGET_GROUP = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/api/1`;
const TWIN = { cluster: 'web', primary: 'api', twin: 'api-fallback', maxFallback: 10, stableForSeconds: 60, releaseIntervalSeconds: 1 };

for (const [name, unit, memoryTable] of [
  ['a twin and a table', TWIN, 'memory'],
  ['a twin and tags', TWIN, undefined],
  ['its own minimum and tags', { ...TWIN, twin: undefined, minCapacity: 1 }, undefined],
] as const) {
  test(`with ${name}, the policy is enough for an interruption from notice to release, and has no statement that it does not need`, async () => {
    const aws = new PolicedAws(unit, memoryTable);
    await aws.interruptAndRecover();

    assert.deepEqual(aws.refused, []);
    assert.deepEqual(
      aws.policy.filter(({ Sid }) => !aws.used.has(Sid)).map(({ Sid }) => Sid),
      [],
    );
    assert.deepEqual([aws.twin, aws.minCapacity], [0, 1]);
    assert.deepEqual(aws.suspended, { ScheduledScalingSuspended: true, DynamicScalingInSuspended: false }, 'what others have suspended stays so');
    assert.ok(aws.draining.includes('10.0.0.3'));
  });
}

/** The SDK's clients and commands; a call that the policy does not allow is refused, any other is answered by a small cloud of four tasks. */
class PolicedAws {
  readonly policy: readonly PolicyStatement[];
  readonly used = new Set<string>();
  readonly refused: string[] = [];
  readonly draining: string[] = [];
  twin = 0;
  minCapacity = 1;
  /** Somebody has suspended what is scheduled. */
  suspended: object = { ScheduledScalingSuspended: true };
  readonly #rig = new Rig();
  readonly #clock: VirtualClock = this.#rig.clock;
  readonly #controller;
  readonly #tags = new Map<string, string>();
  #item: Record<string, unknown> = {};
  #epoch = 0;
  #isThreeGone = false;
  #isReplaced = false;

  constructor(unit: Readonly<Record<string, unknown>>, memoryTable: string | undefined) {
    const units = parseUnits([unit]);
    const memory = memoryTable === undefined ? ({ kind: 'tags' } as const) : ({ kind: 'table', table: memoryTable } as const);
    this.policy = controllerPolicy({ units, region: REGION, account: ACCOUNT, targetGroupArns: [TARGET_GROUP], memory }).Statement;
    const options = { region: REGION, credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, maxAttempts: 1 };
    const send = async (command: { readonly constructor: { readonly name: string }; readonly input: object }): Promise<object> =>
      this.#answer(command.constructor.name.replace(/Command$/, ''), new Map(Object.entries(command.input)));
    const clients = {
      ecs: Object.assign(new ECSClient(options), { send }),
      elb: Object.assign(new ElasticLoadBalancingV2Client(options), { send }),
      scaling: Object.assign(new ApplicationAutoScalingClient(options), { send }),
      dynamodb: Object.assign(new DynamoDBClient(options), { send }),
    };
    this.#controller = connectController({
      clients: { ...clients, destroy: () => {} },
      units,
      memoryTable,
      owner: 'test',
      clock: this.#clock,
      record: () => {},
    });
  }

  async interruptAndRecover(): Promise<void> {
    this.#isThreeGone = true;
    await this.#rig.run(this.#controller.handle([this.#rig.record(3)]));
    this.#isReplaced = true;
    for (let minute = 0; minute < 8; minute++) {
      this.#clock.advance(60_000);
      await this.#rig.run(this.#controller.tick());
    }
  }

  #answer(operation: string, input: ReadonlyMap<string, unknown>): object {
    for (const { action, resource, context } of asks(operation, input)) this.#check(action, resource, context);
    switch (operation) {
      case 'DescribeServices':
        return { services: list(input, 'services').map((service) => this.#service(service)) };
      case 'ListTasks':
        return { taskArns: this.#tasks(String(input.get('desiredStatus'))).map(({ taskArn }) => taskArn) };
      case 'DescribeTasks':
        return { tasks: [...this.#tasks('RUNNING'), ...this.#tasks('STOPPED')].filter(({ taskArn }) => list(input, 'tasks').includes(taskArn)) };
      case 'UpdateService':
        this.twin = Number(input.get('desiredCount'));
        return {};
      case 'TagResource':
        for (const { key, value } of objects(input, 'tags')) this.#tags.set(String(key), String(value));
        return {};
      case 'DescribeTargetHealth':
        return {
          TargetHealthDescriptions: [1, 2, 3, 4].map((number) => ({
            Target: { Id: `10.0.0.${number}`, Port: 8080 },
            TargetHealth: { State: this.draining.includes(`10.0.0.${number}`) ? 'draining' : 'healthy' },
          })),
        };
      case 'DeregisterTargets':
        this.draining.push(...objects(input, 'Targets').map(({ Id }) => String(Id)));
        return {};
      case 'DescribeScalableTargets':
        return {
          ScalableTargets: [{ MinCapacity: this.minCapacity, MaxCapacity: 20, SuspendedState: this.suspended }],
        };
      case 'RegisterScalableTarget': {
        if (input.has('SuspendedState')) this.suspended = Object(input.get('SuspendedState'));
        this.minCapacity = Number(input.get('MinCapacity') ?? this.minCapacity);
        return {};
      }
      case 'UpdateItem':
        return { Attributes: this.#update(input) };
      default:
        throw new Error(`Nothing answers ${operation}.`);
    }
  }

  #check(action: string, resource: string, context: Readonly<Record<string, string>>): void {
    const allowing = this.policy.find(
      ({ Action, Resource, Condition = {} }) =>
        Action.includes(action) &&
        Resource.some((pattern) => covers(pattern, resource)) &&
        Object.values(Condition).every((keys) => Object.entries(keys).every(([key, values]) => values.includes(context[key] ?? ''))),
    );
    if (allowing !== undefined) this.used.add(allowing.Sid);
    else {
      this.refused.push(`${action} on ${resource}`);
      throw Object.assign(new Error(`${action} on ${resource}`), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } });
    }
  }

  #service(serviceName: string): object {
    return {
      serviceName,
      serviceArn: serviceArn(serviceName),
      status: 'ACTIVE',
      desiredCount: serviceName === 'api' ? 4 : this.twin,
      deployments: [{ rolloutState: 'COMPLETED' }],
      capacityProviderStrategy: (serviceName === 'api' ? ['FARGATE', 'FARGATE_SPOT'] : ['FARGATE']).map((capacityProvider) => ({
        capacityProvider,
        weight: 1,
      })),
      loadBalancers: [{ targetGroupArn: TARGET_GROUP, containerPort: 8080 }],
      tags: [...this.#tags].map(([key, value]) => ({ key, value })),
    };
  }

  #tasks(desiredStatus: string): readonly { readonly taskArn: string }[] {
    const numbers =
      desiredStatus === 'RUNNING' ? (this.#isThreeGone ? (this.#isReplaced ? [1, 2, 4, 5] : [1, 2, 4]) : [1, 2, 3, 4]) : this.#isThreeGone ? [3] : [];
    return numbers.map((number) => ({
      taskArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task/web/${number}`,
      desiredStatus,
      lastStatus: 'RUNNING',
      stopCode: desiredStatus === 'STOPPED' ? 'SpotInterruption' : undefined,
      stoppingAt: desiredStatus === 'STOPPED' ? new Date(this.#clock.now()) : undefined,
      capacityProviderName: number <= 2 ? 'FARGATE' : 'FARGATE_SPOT',
      createdAt: new Date(0),
      attachments: [{ details: [{ name: 'privateIPv4Address', value: `10.0.0.${number === 5 ? 1 : number}` }] }],
    }));
  }

  #update(input: ReadonlyMap<string, unknown>): object {
    const values = new Map(Object.entries(Object(input.get('ExpressionAttributeValues'))));
    const memory = values.get(':memory');
    if (memory !== undefined) this.#item = { memory };
    return { ...this.#item, epoch: { N: String(++this.#epoch) }, leaseUntil: values.get(':until') };
  }
}

/** What IAM is asked for an operation. */
function asks(
  operation: string,
  input: ReadonlyMap<string, unknown>,
): readonly { readonly action: string; readonly resource: string; readonly context: Readonly<Record<string, string>> }[] {
  const one = (action: string, resource: string, context: Readonly<Record<string, string>> = {}) => [{ action, resource, context }];
  switch (operation) {
    case 'DescribeServices':
      return list(input, 'services').flatMap((service) => one('ecs:DescribeServices', serviceArn(service)));
    case 'UpdateService':
      return one('ecs:UpdateService', serviceArn(String(input.get('service'))));
    case 'ListTasks':
      return one('ecs:ListTasks', '*', { 'ecs:cluster': `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${String(input.get('cluster'))}` });
    case 'DescribeTasks':
      return list(input, 'tasks').flatMap((task) => one('ecs:DescribeTasks', task));
    case 'TagResource':
      return one('ecs:TagResource', String(input.get('resourceArn')));
    case 'DescribeTargetHealth':
      return one('elasticloadbalancing:DescribeTargetHealth', '*');
    case 'DeregisterTargets':
      return one('elasticloadbalancing:DeregisterTargets', String(input.get('TargetGroupArn')));
    case 'DescribeScalableTargets':
      return one('application-autoscaling:DescribeScalableTargets', '*');
    case 'RegisterScalableTarget':
      return [
        ...one('application-autoscaling:RegisterScalableTarget', `arn:aws:application-autoscaling:${REGION}:${ACCOUNT}:scalable-target/1`, {
          'application-autoscaling:service-namespace': String(input.get('ServiceNamespace')),
          'application-autoscaling:scalable-dimension': String(input.get('ScalableDimension')),
        }),
        // As the caller, it asks for what it is to do itself.
        ...one('ecs:UpdateService', serviceArn(String(input.get('ResourceId')).split('/')[2] ?? ''), { 'aws:ViaAWSService': 'true' }),
      ];
    case 'UpdateItem':
      return one('dynamodb:UpdateItem', `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${String(input.get('TableName'))}`);
    default:
      return one(operation, '*');
  }
}

function serviceArn(service: string): string {
  return `arn:aws:ecs:${REGION}:${ACCOUNT}:service/web/${service}`;
}

function covers(pattern: string, resource: string): boolean {
  return pattern.endsWith('*') ? resource.startsWith(pattern.slice(0, -1)) : resource === pattern;
}

function list(input: ReadonlyMap<string, unknown>, name: string): readonly string[] {
  const value = input.get(name);
  return Array.isArray(value) ? value.map(String) : [];
}

function objects(input: ReadonlyMap<string, unknown>, name: string): readonly Readonly<Record<string, unknown>>[] {
  const value = input.get(name);
  return Array.isArray(value) ? value.map((entry: unknown) => Object(entry)) : [];
}
