// Makes packages/spotproof/src/cloud/models/ from the public service models of AWS: `node scripts/service-models.ts <botocore's data folder>`. Run once for
// each operation that is added; the gate does not need it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT } from './support/workspace.ts';

interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string; readonly locationName?: string }>>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string; readonly locationName?: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly exception?: boolean;
  readonly flattened?: boolean;
  readonly resultWrapper?: string;
}

interface Model {
  readonly operations: Readonly<
    Record<string, { readonly input?: { readonly shape: string }; readonly output?: { readonly shape: string; readonly resultWrapper?: string } }>
  >;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const OPERATIONS = {
  ecs: [
    'CreateCluster',
    'DescribeClusters',
    'ListClusters',
    'DeleteCluster',
    'UpdateCluster',
    'UpdateClusterSettings',
    'PutClusterCapacityProviders',
    'DescribeCapacityProviders',
    'RegisterTaskDefinition',
    'DescribeTaskDefinition',
    'ListTaskDefinitions',
    'ListTaskDefinitionFamilies',
    'DeregisterTaskDefinition',
    'CreateService',
    'UpdateService',
    'DescribeServices',
    'ListServices',
    'DeleteService',
    'RunTask',
    'StopTask',
    'ListTasks',
    'DescribeTasks',
    'GetTaskProtection',
    'UpdateTaskProtection',
    'TagResource',
    'UntagResource',
    'ListTagsForResource',
  ],
  elbv2: [
    'CreateLoadBalancer',
    'DescribeLoadBalancers',
    'DeleteLoadBalancer',
    'ModifyLoadBalancerAttributes',
    'DescribeLoadBalancerAttributes',
    'CreateTargetGroup',
    'DescribeTargetGroups',
    'ModifyTargetGroup',
    'DeleteTargetGroup',
    'ModifyTargetGroupAttributes',
    'DescribeTargetGroupAttributes',
    'RegisterTargets',
    'DeregisterTargets',
    'DescribeTargetHealth',
    'CreateListener',
    'DescribeListeners',
    'DeleteListener',
    'ModifyListenerAttributes',
    'DescribeListenerAttributes',
    'AddTags',
    'RemoveTags',
    'DescribeTags',
  ],
  events: [
    'PutRule',
    'DescribeRule',
    'ListRules',
    'DeleteRule',
    'EnableRule',
    'DisableRule',
    'PutTargets',
    'ListTargetsByRule',
    'RemoveTargets',
    'PutEvents',
    'TestEventPattern',
  ],
  'application-autoscaling': ['RegisterScalableTarget', 'DescribeScalableTargets', 'DeregisterScalableTarget'],
  sqs: [
    'CreateQueue',
    'GetQueueUrl',
    'ListQueues',
    'DeleteQueue',
    'PurgeQueue',
    'GetQueueAttributes',
    'SetQueueAttributes',
    'SendMessage',
    'SendMessageBatch',
    'ReceiveMessage',
    'DeleteMessage',
    'DeleteMessageBatch',
    'ChangeMessageVisibility',
    'ChangeMessageVisibilityBatch',
    'TagQueue',
    'UntagQueue',
    'ListQueueTags',
  ],
} as const;

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name the folder of the service models: .../site-packages/botocore/data');
for (const [service, operations] of Object.entries(OPERATIONS)) {
  const version = readdirSync(path.join(folder, service)).toSorted().at(-1) ?? '';
  const model: Model = JSON.parse(gunzipSync(readFileSync(path.join(folder, service, version, 'service-2.json.gz'))).toString());
  const name = service.replace('application-', '');
  const file = path.join(ROOT, 'packages/spotproof/src/cloud/models', `${name}.ts`);
  writeFileSync(file, render(name, version, compact(model, operations)));
  console.log(`wrote ${path.relative(ROOT, file)}`);
}

function compact(model: Model, operations: readonly string[]): { readonly operations: object; readonly shapes: object } {
  const shapes: Record<string, unknown> = {};
  const add = (name: string): string => {
    if (name in shapes) return name;
    const shape = model.shapes[name];
    if (shape === undefined) throw new Error(`no shape ${name}`);
    // The place is taken first: shapes may contain themselves.
    shapes[name] = undefined;
    shapes[name] = compactShape(shape, add);
    return name;
  };
  const kept = operations.map((operation) => {
    const found = model.operations[operation];
    if (found === undefined) throw new Error(`no operation ${operation}`);
    return [operation, [found.input && add(found.input.shape), found.output && add(found.output.shape)].map((shape) => shape ?? null)] as const;
  });
  return { operations: Object.fromEntries(kept), shapes: Object.fromEntries(Object.entries(shapes).toSorted(([a], [b]) => (a < b ? -1 : 1))) };
}

function compactShape(shape: Shape, add: (name: string) => string): unknown {
  const limits = {
    ...(shape.min === undefined ? {} : { min: shape.min }),
    ...(shape.max === undefined ? {} : { max: shape.max }),
    ...(shape.pattern === undefined ? {} : { pattern: shape.pattern }),
    ...(shape.enum === undefined ? {} : { enum: shape.enum }),
  };
  switch (shape.type) {
    case 'structure': {
      const members = Object.entries(shape.members ?? {}).map(([name, member]) => [name, add(member.shape)]);
      return { type: 'structure', members: Object.fromEntries(members), ...(shape.required === undefined ? {} : { required: shape.required }) };
    }
    case 'list':
      return { type: 'list', member: add(shape.member?.shape ?? ''), ...(shape.flattened === true ? { flattened: true } : {}), ...limits };
    case 'map':
      return { type: 'map', key: add(shape.key?.shape ?? ''), value: add(shape.value?.shape ?? ''), ...limits };
    default:
      return { type: shape.type, ...limits };
  }
}

function render(name: string, version: string, model: object): string {
  return `// Made by scripts/service-models.ts from the public model of this AWS service, API version ${version}. Do not edit by hand.
// Names, types and limits are Amazon's: Copyright Amazon.com, Inc. or its affiliates, Apache License 2.0.
import type { ServiceModel } from '../wire/service-model.ts';

export const ${name.toUpperCase()}: ServiceModel = ${JSON.stringify(model)};
`;
}
