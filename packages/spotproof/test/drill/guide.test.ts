import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.join(import.meta.dirname, '..', '..', '..', '..');
const AWS = path.join(ROOT, 'packages', 'controller', 'src');

test('the policy in the guide grants exactly the calls that a drill makes', () => {
  const guide = readFileSync(path.join(ROOT, 'docs', 'guides', 'drill.md'), 'utf8');
  const policy = JSON.parse(/```json\n(?<policy>[\s\S]*?)```/.exec(guide)?.groups?.['policy'] ?? '{}') as {
    readonly Statement: readonly { readonly Action: readonly string[] }[];
  };
  const callsOf = (file: string): readonly string[] =>
    [...readFileSync(path.join(AWS, file), 'utf8').matchAll(/call\('(?<operation>[\w-]+:\w+)'/g)].map((match) => match.groups?.['operation'] ?? '');
  // Of these files a drill uses the readings alone.
  const shared = ['ecs:DescribeServices', 'elasticloadbalancing:DescribeTargetHealth'];
  assert.ok(shared.every((operation) => [...callsOf('aws/ecs.ts'), ...callsOf('aws/target-groups.ts')].includes(operation)));

  assert.deepEqual(
    policy.Statement.flatMap(({ Action }) => Action).toSorted(),
    [...shared, ...new Set(callsOf('drill/aws-drill-cloud.ts')), ...callsOf('aws/queue.ts')].toSorted(),
  );
});
