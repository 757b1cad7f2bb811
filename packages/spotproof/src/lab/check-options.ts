import { SpotproofError } from '@spotproof/core';
import { checkListener } from '../balancer/config.ts';
import { checkProtocols } from '../load/check-protocols.ts';
import type { LabOptions } from '../verdict/lab-run.ts';
import { checkWorldOptions } from './world-config.ts';

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first option that no run could be made with. */
export function checkLabOptions(options: LabOptions): void {
  if (options.command.length === 0 || options.command[0] === '') refuse('command', 'the program to run and its arguments', 'nothing');
  range('tasks', options.tasks, [1, 50]);
  range('balancer.nodes', options.balancer.nodes, [1, 6]);
  range('stopTimeoutMs', options.stopTimeoutMs, [100, 120_000]);
  range('startTimeoutMs', options.startTimeoutMs, [100, 30 * 60_000]);
  range('maxNodeLagMs', options.maxNodeLagMs, [0, 60_000]);
  range('ratePerSecond', options.ratePerSecond, [0.1, 20_000]);
  range('controlMs', options.controlMs, [0, HOUR_MS]);
  if (options.durationMs !== undefined) range('durationMs', options.durationMs, [0, HOUR_MS]);
  if (options.work !== undefined) range('work.waitMs', options.work.waitMs, [0, HOUR_MS]);
  if (options.requests.length === 0) refuse('requests', 'at least one kind of request', 'none');
  const { listener = 'http', protocolVersion = 'http1' } = options.balancer;
  for (const spec of options.requests) checkProtocols(spec, listener, protocolVersion);
  checkListener({ listener, protocolVersion });
  if (!/^[A-Za-z_]\w*$/.test(options.portEnv)) refuse('portEnv', 'the name of an environment variable', options.portEnv);
  // The rest is what a world can be made with.
  checkWorldOptions(options);
  for (const { count, atMs } of options.interruptions) {
    if (count !== 'all') range('interruptions.count', count, [1, 50]);
    range('interruptions.atMs', atMs, [0, HOUR_MS]);
  }
  checkFaults(options);
}

function checkFaults({ faults, balancer }: LabOptions): void {
  for (const { atMs, lengthMs, delayMs, kind } of faults) {
    // The relay before a sick task reads the requests that it keeps from it.
    if (kind !== 'stall' && (balancer.protocolVersion ?? 'http1') !== 'http1') refuse('fault', 'stall with any protocol version but http1', kind);
    range('faults.atMs', atMs, [0, HOUR_MS]);
    if (lengthMs !== undefined) range('faults.lengthMs', lengthMs, [1, HOUR_MS]);
    range('faults.delayMs', delayMs, [0, 10 * balancer.idleTimeoutMs]);
  }
}

function range(option: string, value: number, [min, max]: readonly [number, number]): void {
  if (!(value >= min && value <= max)) refuse(option, `between ${min} and ${max}`, String(value));
}

function refuse(option: string, expected: string, got: string): never {
  throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must be ${expected}, got ${got}. Correct the option and run again.`, {
    details: { option, got },
  });
}

const HOUR_MS = 60 * 60_000;
