import { isSpotproofError } from '@spotproof/core';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDeregisterAfter, parseDuration, parseEnv, parseHealthCheck, parseInterruptions, parseWhole } from '../../src/commands/lab/values.ts';

test('a schedule of interruptions is read in order of time', () => {
  assert.deepEqual(parseInterruptions('all@20s,1@3s'), [
    { count: 1, atMs: 3_000 },
    { count: 'all', atMs: 20_000 },
  ]);
});

test('times are seconds unless they say otherwise', () => {
  assert.equal(parseDuration('--control', '2.5', { min: 0, max: 10_000 }), 2_500);
  assert.equal(parseDuration('--control', '500ms', { min: 0, max: 10_000 }), 500);
});

test('a deregistration may be never, after SIGTERM or before it', () => {
  assert.deepEqual(parseDeregisterAfter('never'), { kind: 'never' });
  assert.deepEqual(parseDeregisterAfter('4'), { kind: 'after-sigterm', delayMs: 4_000 });
  assert.deepEqual(parseDeregisterAfter('-1.5s'), { kind: 'after-sigterm', delayMs: -1_500 });
});

test('interval and threshold of a health check may be left out', () => {
  assert.deepEqual(parseHealthCheck('/up'), { path: '/up', intervalMs: 10_000, threshold: 2 });
  assert.deepEqual(parseHealthCheck('/up,5s,3'), { path: '/up', intervalMs: 5_000, threshold: 3 });
});

test('an environment value may hold an equals sign', () => {
  assert.deepEqual(parseEnv(['URL=http://localhost/?a=b']), { URL: 'http://localhost/?a=b' });
});

for (const [name, parse] of [
  ['--interrupt 0@3s', () => parseInterruptions('0@3s')],
  ['--interrupt 1', () => parseInterruptions('1')],
  ['--interrupt 1@soon', () => parseInterruptions('1@soon')],
  ['--deregister-after later', () => parseDeregisterAfter('later')],
  ['--health-check health', () => parseHealthCheck('health')],
  ['--health-check /,5s,2,x', () => parseHealthCheck('/,5s,2,x')],
  ['--env NAME', () => parseEnv(['NAME'])],
  ['--tasks 1.5', () => parseWhole('--tasks', '1.5', { min: 1, max: 50 })],
  ['--tasks 0x10', () => parseWhole('--tasks', '0x10', { min: 1, max: 50 })],
  ['--control -1', () => parseDuration('--control', '-1', { min: 0, max: 10 })],
] as const) {
  test(`${name} is refused with what was expected`, () => {
    assert.throws(parse, (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && error.message.includes(name.split(' ')[0] ?? ''));
  });
}
