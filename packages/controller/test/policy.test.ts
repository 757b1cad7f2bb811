import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { controllerPolicy, parseUnits } from '@spotproof/controller';

const AWS = path.join(import.meta.dirname, '..', 'src', 'aws');
const OPTIONS = {
  units: parseUnits([{ cluster: 'web', primary: 'api', twin: 'api-fallback', maxFallback: 10 }]),
  region: 'eu-west-1',
  account: '111122223333',
  targetGroupArns: ['arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/api/1'],
};

test('the policies grant exactly the calls that the code makes on behalf of a function', () => {
  const called = readdirSync(AWS)
    // A worker reads the queue itself; for a function, Lambda does.
    .filter((file) => file !== 'queue.ts')
    .flatMap((file) => [...readFileSync(path.join(AWS, file), 'utf8').matchAll(/call\('(?<operation>[\w-]+:\w+)'/g)])
    .map((match) => match.groups?.['operation']);
  const granted = (['table', 'tags'] as const).flatMap((kind) =>
    controllerPolicy({ ...OPTIONS, memory: kind === 'table' ? { kind, table: 'memory' } : { kind } }).Statement.flatMap(({ Action }) => Action),
  );

  assert.deepEqual(new Set(granted), new Set(called));
});

test('the primary service cannot be written by a call of the controller itself', () => {
  const { Statement } = controllerPolicy({ ...OPTIONS, memory: { kind: 'tags' } });
  const writes = Statement.filter(
    ({ Action, Condition }) =>
      Action.some((action) => /^ecs:(?!Describe|List)/.test(action)) && Condition?.['Bool']?.['aws:ViaAWSService'] === undefined,
  );

  assert.deepEqual([...new Set(writes.flatMap(({ Resource }) => Resource))], ['arn:aws:ecs:eu-west-1:111122223333:service/web/api-fallback']);
});

test('ARNs are those of the partition of the region, and a service without a target group gives no statement without resources', () => {
  const text = JSON.stringify(controllerPolicy({ ...OPTIONS, region: 'cn-north-1', targetGroupArns: [], memory: { kind: 'tags' } }));

  assert.match(text, /arn:aws-cn:ecs:cn-north-1/);
  assert.doesNotMatch(text, /arn:aws:|"Resource":\[\]/);
  assert.match(JSON.stringify(controllerPolicy({ ...OPTIONS, region: 'us-gov-west-1', memory: { kind: 'tags' } })), /arn:aws-us-gov:ecs/);
});
