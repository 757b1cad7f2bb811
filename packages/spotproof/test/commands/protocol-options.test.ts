import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { declareProgram } from '../../src/commands/program.ts';
import type { LabFlags } from '../../src/commands/lab/flags.ts';
import { DEFAULT_REQUESTS, labOptions } from '../../src/commands/lab/options.ts';
import { checkLabOptions } from '../../src/lab/check-options.ts';

test('a target group of another protocol version gets clients behind TLS, as on AWS, unless told otherwise', () => {
  assert.deepEqual(protocols({}), ['http', 'http1']);
  assert.deepEqual(protocols({ protocolVersion: 'http2' }), ['https', 'http2']);
  assert.deepEqual(protocols({ protocolVersion: 'grpc', listener: 'h2c' }), ['h2c', 'grpc']);
});

test('a gRPC health check has the defaults of AWS: a path that nobody implements, and UNIMPLEMENTED for an answer', () => {
  const unset = optionsOf({ protocolVersion: 'grpc' }).balancer.healthCheck;
  const chosen = optionsOf({ protocolVersion: 'grpc', healthCheck: '/grpc.health.v1.Health/Check,5s,2' }).balancer.healthCheck;

  assert.deepEqual([unset.path, unset.matcher], ['/AWS.ALB/healthcheck', [12, 12]]);
  assert.deepEqual([chosen.path, chosen.matcher], ['/grpc.health.v1.Health/Check', [0, 0]]);
});

for (const [flags, message] of [
  [{ protocolVersion: 'h2' }, /--protocol-version must be one of http1, http2, grpc/],
  [{ listener: 'tcp' }, /--listener must be one of http, https, h2c/],
  [{ protocolVersion: 'grpc', listener: 'http' }, /Choose the listener https or h2c/],
  [{ protocolVersion: 'http2', fault: ['hang'] }, /fault must be stall/],
] as const) {
  test(`${JSON.stringify(flags)} is refused before anything runs`, () => {
    assert.throws(
      () => checkLabOptions(optionsOf(flags)),
      (error) => isSpotproofError(error) && error.code === 'SPOTPROOF_CONFIG_INVALID' && message.test(error.message),
    );
  });
}

function protocols(flags: Partial<LabFlags>): readonly unknown[] {
  const { listener, protocolVersion } = optionsOf(flags).balancer;
  return [listener, protocolVersion];
}

function optionsOf(flags: Partial<LabFlags>) {
  const { lab } = declareProgram();
  // What commander would hand over for a command line without options.
  const defaults = Object.fromEntries(lab.options.map((option) => [option.attributeName(), option.defaultValue])) as unknown as LabFlags;
  return labOptions({ ...defaults, ...flags }, { command: ['node'], cwd: '/', runDirectory: '/', requests: DEFAULT_REQUESTS, protect: false });
}
