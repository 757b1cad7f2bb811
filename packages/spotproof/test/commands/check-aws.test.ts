import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSpotproofError } from '@spotproof/core';
import { awsStageOf } from '../../src/commands/lab/aws.ts';
import type { LabFlags } from '../../src/commands/lab/flags.ts';
import { DEFAULT_REQUESTS, labOptions } from '../../src/commands/lab/options.ts';
import { declareProgram } from '../../src/commands/program.ts';

describe('what makes no sense is refused by its name,', () => {
  for (const [flags, message] of [
    [{ delivery: 'lossy' }, /^--delivery must be given with --aws/],
    [{ awsPort: '4570' }, /^--aws-port must be given with --aws/],
    [{ controller: true }, /^--controller must be given with --aws/],
    [{ profile: 'event-late' }, /^--profile must be current, late or worst without --aws: .* only the local AWS sends events/],
    [{ aws: true, delivery: 'late' }, /^--delivery must be one of prompt, typical, event-late, lossy, silent/],
    [{ aws: true, awsPort: '70000' }, /^--aws-port must be a whole number from 0 to 65535/],
    [{ aws: true, fault: ['hang'] }, /^--fault must be left out with --aws/],
    [{ aws: true, nodes: '2' }, /^--nodes must be 1 with --aws/],
    [{ aws: true, listener: 'h2c' }, /^--listener must be http or https with --aws/],
    [{ aws: true, healthCheck: '/,2s' }, /^--health-check \(interval\) must be a whole number of seconds from 5 to 300/],
    [{ aws: true, healthCheck: '/,5s,1' }, /^--health-check \(threshold\) must be 2 to 10/],
    [{ aws: true, stopTimeout: '2.5' }, /^--stop-timeout must be a whole number of seconds from 2 to 120/],
    [{ aws: true, deregistrationDelay: '0.5' }, /^--deregistration-delay must be a whole number of seconds/],
  ] as const) {
    test(JSON.stringify(flags), async () => {
      await assert.rejects(stageOf(flags), (error) => isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID') && message.test(error.message));
    });
  }
});

test('without --aws a run has two nodes and a cloud of its own, with it one node and a stage', async () => {
  assert.equal(await stageOf({}), undefined);
  assert.equal(typeof (await stageOf({ aws: true, profile: 'event-late', controller: true })), 'function');
  assert.deepEqual([optionsOf(complete({})).balancer.nodes, optionsOf(complete({ aws: true })).balancer.nodes], [2, 1]);
});

test('a health check of AWS has its timeout in whole seconds, below the interval', () => {
  const checks = ['/,5s', '/,6s', '/,300s'].map((healthCheck) => optionsOf(complete({ aws: true, healthCheck })).balancer.healthCheck);

  assert.deepEqual(
    checks.map(({ timeoutMs }) => timeoutMs),
    [4000, 5000, 5000],
  );
});

function stageOf(flags: Partial<LabFlags>) {
  const all = complete(flags);
  return awsStageOf(all, [optionsOf(all)]);
}

/** What commander would hand over. */
function complete(flags: Partial<LabFlags>): LabFlags {
  const { lab } = declareProgram();
  return { ...Object.fromEntries(lab.options.map((option) => [option.attributeName(), option.defaultValue])), ...flags } as unknown as LabFlags;
}

function optionsOf(flags: LabFlags) {
  return labOptions(flags, { command: ['node'], cwd: '/', runDirectory: '/', requests: DEFAULT_REQUESTS, protect: false });
}
