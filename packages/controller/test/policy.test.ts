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

test('the primary service cannot be written', () => {
  const { Statement } = controllerPolicy({ ...OPTIONS, memory: { kind: 'tags' } });
  const writes = Statement.filter(({ Action }) => Action.some((action) => /^ecs:(?!Describe|List)/.test(action)));

  assert.deepEqual([...new Set(writes.flatMap(({ Resource }) => Resource))], ['arn:aws:ecs:eu-west-1:111122223333:service/web/api-fallback']);
});
