import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compilePattern } from '../../src/cloud/events/pattern.ts';

const EVENT = {
  source: 'aws.ecs',
  'detail-type': 'ECS Task State Change',
  detail: {
    clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/web',
    desiredStatus: 'STOPPED',
    group: 'service:api',
    stopCode: 'SpotInterruption',
    stoppedReason: 'Your Spot Task was interrupted.',
    version: 7,
    nothing: null,
    containers: [
      { name: 'app', exitCode: 137 },
      { name: 'log', exitCode: 0 },
    ],
    zones: ['a', 'b'],
    address: '10.0.0.77',
  },
};
const { stopCode: _, ...withoutCode } = EVENT.detail;

void describe('a pattern matches by', () => {
  for (const [name, detail, matches] of [
    ['a listed value', { desiredStatus: ['RUNNING', 'STOPPED'] }, true],
    ['no listed value', { desiredStatus: ['RUNNING'] }, false],
    ['a number, not its text', { version: ['7'] }, false],
    ['null', { nothing: [null] }, true],
    ['a prefix in any case', { stoppedReason: [{ prefix: { 'equals-ignore-case': 'your spot' } }] }, true],
    ['a suffix in any case', { stoppedReason: [{ suffix: { 'equals-ignore-case': 'YOUR SPOT' } }] }, false],
    ['an address of a network', { address: [{ cidr: '10.0.0.0/24' }] }, true],
    ['an address of another network', { address: [{ cidr: '10.0.1.0/24' }] }, false],
    ['no address', { group: [{ cidr: '0.0.0.0/0' }] }, false],
    ['anything but one of two prefixes', { group: [{ 'anything-but': { prefix: ['x', 'service:'] } }] }, false],
    ['anything but some suffixes', { group: [{ 'anything-but': { suffix: ['.x', '.y'] } }] }, true],
    ['anything but a wildcard', { group: [{ 'anything-but': { wildcard: 'service:*' } }] }, false],
    ['anything but a word in any case', { group: [{ 'anything-but': { 'equals-ignore-case': ['SERVICE:API'] } }] }, false],
    ['a prefix', { group: [{ prefix: 'service:' }] }, true],
    ['another prefix', { group: [{ prefix: 'family:' }] }, false],
    ['a suffix', { clusterArn: [{ suffix: '/web' }] }, true],
    ['a wildcard', { clusterArn: [{ wildcard: 'arn:*:cluster/w*' }] }, true],
    ['a wildcard that does not fit', { clusterArn: [{ wildcard: '*cluster/api' }] }, false],
    // What a public sample ships: a rule that never fires.
    ['a bare asterisk, which is a literal', { clusterArn: ['*'] }, false],
    ['any case', { group: [{ 'equals-ignore-case': 'SERVICE:API' }] }, true],
    ['anything but a value', { group: [{ 'anything-but': ['service:web'] }] }, true],
    ['anything but the value it has', { group: [{ 'anything-but': 'service:api' }] }, false],
    ['anything but a prefix', { group: [{ 'anything-but': { prefix: 'service:' } }] }, false],
    ['a range', { version: [{ numeric: ['>=', 7, '<', 8] }] }, true],
    ['a range beyond it', { version: [{ numeric: ['>', 7] }] }, false],
    ['being there', { stopCode: [{ exists: true }] }, true],
    ['being absent', { nowhere: [{ exists: false }] }, true],
    ['any member of a list', { zones: ['b'] }, true],
    ['any structure of a list', { containers: { exitCode: [137] } }, true],
    ['one of two', { $or: [{ stopCode: ['TerminationNotice'] }, { stoppedReason: [{ prefix: 'Your Spot Task was interrupted' }] }] }, true],
    ['neither of two', { $or: [{ stopCode: ['TerminationNotice'] }, { group: ['x'] }] }, false],
  ] as const) {
    test(name, () => {
      assert.equal(compilePattern({ source: ['aws.ecs'], detail })(EVENT), matches);
    });
  }
});

void describe('the rules of public samples', () => {
  const deployment = {
    ...EVENT,
    detail: { ...EVENT.detail, stopCode: 'ServiceSchedulerInitiated', stoppedReason: 'Scaling activity initiated by deployment' },
  };
  const events = [EVENT, { ...EVENT, detail: { ...EVENT.detail, stopCode: 'TerminationNotice' } }, { ...EVENT, detail: withoutCode }, deployment];
  const ours = {
    source: ['aws.ecs'],
    'detail-type': ['ECS Task State Change'],
    detail: {
      desiredStatus: ['STOPPED'],
      group: [{ prefix: 'service:' }],
      $or: [{ stopCode: ['SpotInterruption', 'TerminationNotice'] }, { stoppedReason: [{ prefix: 'Your Spot Task was interrupted' }] }],
    },
  };
  for (const [name, pattern, matched] of [
    [
      'the copied article never fires',
      { source: ['aws.fargate'], 'detail-type': ['Fargate Task State Change'], detail: { lastStatus: ['STOPPING'] } },
      [false, false, false, false],
    ],
    [
      'a sample with a bare asterisk never fires',
      { source: ['aws.ecs'], detail: { clusterArn: ['*'], stopCode: ['TerminationNotice'] } },
      [false, false, false, false],
    ],
    ['ours fires for every notice that was ever seen, and for no deployment', ours, [true, true, true, false]],
  ] as const) {
    test(name, () => {
      assert.deepEqual(events.map(compilePattern(pattern)), matched);
    });
  }
});

void describe('a pattern is refused', () => {
  for (const [name, pattern, message] of [
    ['when a value stands alone', { source: 'aws.ecs' }, /pattern\.source must be an object or a list of values/],
    ['when it is empty', {}, /pattern must not be empty/],
    ['when a list is empty', { source: [] }, /must not be an empty list/],
    ['for an unknown comparison', { source: [{ like: 'x' }] }, /unrecognized match type like/],
    ['for an address that is none', { ip: [{ cidr: '10.0.0/24' }] }, /cidr must be an address/],
    ['for a prefix that is too long', { ip: [{ cidr: '10.0.0.0/33' }] }, /cidr must be an address/],
    ['for anything but being there', { ip: [{ 'anything-but': { exists: true } }] }, /anything-but takes values, or one of prefix/],
    ['for anything but nothing', { ip: [{ 'anything-but': [] }] }, /anything-but must not be an empty list/],
    ['for a prefix of a number', { ip: [{ prefix: 7 }] }, /prefix must be a text/],
    ['for half a range', { version: [{ numeric: ['>'] }] }, /numeric must be a list/],
    ['for an $or of one', { $or: [{ source: ['x'] }] }, /list of two or more/],
  ] as const) {
    test(name, () => {
      assert.throws(() => compilePattern(pattern), message);
    });
  }
});
