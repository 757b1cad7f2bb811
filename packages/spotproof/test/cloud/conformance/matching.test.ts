import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cliLine } from './cli-line.ts';
import { differences, follow } from './matching.ts';

const ANSWER = { service: { name: 'api', tags: [{ key: 'a' }], launchType: undefined, desiredCount: 2 } };

test('an answer may hold more than was expected', () => {
  assert.deepEqual(differences({ service: { name: /^ap/, tags: [{}], launchType: null } }, ANSWER), []);
});

for (const [what, expected, path] of [
  ['another value', { service: { desiredCount: 3 } }, 'answer.service.desiredCount'],
  ['a text that does not fit', { service: { name: /^web/ } }, 'answer.service.name'],
  ['a longer list', { service: { tags: [{}, {}] } }, 'answer.service.tags'],
  ['another member of a list', { service: { tags: [{ key: 'b' }] } }, 'answer.service.tags[0].key'],
  ['a member that is not there', { service: { status: 'ACTIVE' } }, 'answer.service.status'],
  ['a member that is there and should not', { service: { name: null } }, 'answer.service.name'],
] as const)
  test(`${what} is found, and where`, () => {
    const found = differences(expected, ANSWER);

    assert.equal(found.length, 1);
    assert.ok(found[0]?.startsWith(`${path} `), found[0]);
  });

test('a path leads through lists', () => {
  assert.equal(follow(ANSWER, 'service.tags[0].key'), 'a');
  assert.equal(follow(ANSWER, 'service.events[0].id'), undefined);
});

test('a line for a shell keeps its quotes, and leaves variables to the shell', () => {
  const line = cliLine({
    call: 'elbv2 DeregisterTargets',
    input: { TargetGroupArn: '$GROUP', Targets: [{ Id: "it's", Arn: '$GROUP' }], Force: true, Names: ['a b', 'c'] },
    expect: { answer: {} },
    fact: '',
  });

  assert.equal(
    line,
    `aws elbv2 deregister-targets --target-group-arn "$GROUP" --targets '[{"Id":"it'\\''s","Arn":"'"$GROUP"'"}]' --force --names 'a b' c`,
  );
});
