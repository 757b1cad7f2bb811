import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { AUTOSCALING } from '../../src/cloud/models/autoscaling.ts';
import { ECS } from '../../src/cloud/models/ecs.ts';
import { ELBV2 } from '../../src/cloud/models/elbv2.ts';
import { EVENTS } from '../../src/cloud/models/events.ts';
import { SQS } from '../../src/cloud/models/sqs.ts';
import type { ServiceModel } from '../../src/cloud/wire/service-model.ts';
import { TestCloud } from './support/local-cloud.ts';

const SERVICES: readonly { readonly model: ServiceModel; readonly target?: string }[] = [
  { model: ECS, target: 'AmazonEC2ContainerServiceV20141113' },
  { model: EVENTS, target: 'AWSEvents' },
  { model: AUTOSCALING, target: 'AnyScaleFrontendService' },
  { model: SQS, target: 'AmazonSQS' },
  { model: ELBV2 },
];
/** 40,000 in `npm run soak -- cloud-fuzz`. */
const RUNS = Number(process.env['SPOTPROOF_CLOUD_FUZZ_RUNS'] ?? 150);

void describe('whatever an operation is given', () => {
  let it: TestCloud;
  const troubles: string[] = [];
  before(async () => {
    it = await TestCloud.start({ onTrouble: (message) => troubles.push(message) });
  });
  after(() => it.stop());

  test(`the answer is one of AWS, and the cloud goes on (${RUNS} inputs made from the models)`, async () => {
    const calls = SERVICES.flatMap((service) => Object.keys(service.model.operations).map((operation) => ({ ...service, operation })));

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...calls), fc.noBias(fc.nat()), async (call, seed) => {
        const { model, target, operation } = call;
        const [shape = null] = model.operations[operation] ?? [];
        const input = shape === null ? {} : make(model, shape, randomOf(seed), 0);
        // A long poll is not what this is about.
        const json = JSON.stringify(operation === 'ReceiveMessage' ? { ...Object(input), WaitTimeSeconds: 0 } : input) ?? '';

        const response = await fetch(it.cloud.url, {
          method: 'POST',
          headers: target === undefined ? { 'content-type': 'application/x-www-form-urlencoded' } : { 'x-amz-target': `${target}.${operation}` },
          body: target === undefined ? new URLSearchParams([['Action', operation], ...formOf(input, '')]).toString() : json,
        });

        const text = await response.text();
        const said = `${operation} ${json}: ${response.status} ${text}`;
        assert.ok(response.status === 200 || response.status === 400, said);
        if (target === undefined) assert.match(text, response.status === 200 ? /^<\w+Response / : /<Code>\w+<\/Code>/, said);
        // oxlint-disable-next-line no-control-regex -- what XML cannot say
        if (target === undefined) assert.doesNotMatch(text, /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/, said);
        else assert.ok(response.status === 200 || /^[\w.]+$/.test((JSON.parse(text) as { readonly __type: string }).__type), said);
      }),
      { numRuns: RUNS },
    );

    assert.deepEqual(troubles, []);
  });
});

/** From 0 to 1. Values of fast-check would be small ones for the most part. */
function randomOf(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Mostly what the model asks for, now and then anything. */
function make(model: ServiceModel, name: string, chance: () => number, depth: number): unknown {
  const pick = <Value>(values: readonly Value[]): Value | undefined => values[Math.floor(chance() * values.length)];
  const shape = model.shapes[name];
  if (shape === undefined || depth > 5 || chance() < 0.06) return pick(ODDITIES);
  switch (shape.type) {
    case 'structure': {
      const members = Object.entries(shape.members).filter(([member]) => chance() < (shape.required?.includes(member) === true ? 0.97 : 0.4));
      const odd = chance() < 0.03 ? [[pick(NAMES) ?? '', pick(ODDITIES)] as const] : [];
      return Object.fromEntries([...members.map(([member, inner]) => [member, make(model, inner, chance, depth + 1)] as const), ...odd]);
    }
    case 'list':
      return Array.from({ length: Math.floor(chance() * 3) + (shape.min ?? 0) }, () => make(model, shape.member, chance, depth + 1));
    case 'map':
      return { [String(make(model, shape.key, chance, depth + 1))]: make(model, shape.value, chance, depth + 1) };
    case 'boolean':
      return chance() < 0.5;
    case 'string':
    case 'blob':
      return pick(shape.enum ?? TEXTS);
    case 'timestamp':
      return pick([1_700_000_000, 1e300, -1e300, '2026-01-01T00:00:00Z']);
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return pick([shape.min ?? 0, shape.max ?? 10, 1, 2, 80, -1]);
  }
}

function formOf(value: unknown, path: string): readonly [string, string][] {
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if (Array.isArray(value)) return value.length === 0 ? [[path, '']] : value.flatMap((member, index) => formOf(member, below(`member.${index + 1}`)));
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([name, member]) => formOf(member, below(name)));
  return [[path, String(value)]];
}

const NAMES = ['constructor', '__proto__', 'toString', 'nothing'];
const ODDITIES: readonly unknown[] = [
  ...[null, '', ' ', 'x'.repeat(300), '\u0000\u0001\r', '💥', -1, 0, 1.5, 1e308, true, [], {}, [[]], [null], { a: null }, ...NAMES],
  Array.from({ length: 200 }, () => 'x'),
];
const TEXTS = [
  ...[
    'web',
    'api',
    'x',
    'default',
    '256',
    '512',
    'awsvpc',
    'app',
    'q',
    'ecs',
    'ecs:service:DesiredCount',
    'service/default/web',
    '127.0.0.1',
    '{"a":[1]}',
    '{}',
  ],
  ...[
    'FARGATE',
    'FARGATE_SPOT',
    'subnet-us-east-1a',
    'subnet-us-east-1b',
    'vpc-1',
    'http://127.0.0.1/111122223333/q',
    'arn:aws:sqs:us-east-1:111122223333:q',
  ],
  ...['arn:aws:ecs:us-east-1:111122223333:cluster/default', 'arn:aws:ecs:us-east-1:111122223333:cluster/__proto__', 'a:b:c', '../..', ...NAMES],
];
