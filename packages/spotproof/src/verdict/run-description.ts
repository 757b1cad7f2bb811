import type { Deregistration } from '@spotproof/world';
import type { LabRun } from './lab-run.ts';
import type { RunDescription } from './report-document.ts';
import { count, seconds } from './words.ts';

export function describeRun(run: LabRun, repeat: string): RunDescription {
  const { options } = run;
  const check = options.balancer.healthCheck;
  return {
    command: options.command,
    protected: options.protect,
    tasks: options.tasks,
    nodes: options.balancer.nodes,
    ratePerSecond: options.ratePerSecond,
    controlMs: options.controlMs,
    profile: options.deregistration.kind === 'profile' ? options.deregistration.profile : 'custom',
    deregistration: describeDeregistration(options.deregistration),
    deregistrationDelayMs: options.balancer.deregistrationDelayMs,
    stopTimeoutMs: options.stopTimeoutMs,
    healthCheck: `${check.path} every ${seconds(check.intervalMs)}, out after ${count(check.unhealthyThreshold, 'failure')}`,
    seed: options.seed,
    pidNamespaces: run.pidNamespaces,
    repeat,
  };
}

function describeDeregistration(deregistration: Deregistration): string {
  switch (deregistration.kind) {
    case 'profile':
      return PROFILES[deregistration.profile];
    case 'after-sigterm':
      if (deregistration.delayMs === 0) return 'with SIGTERM';
      return `${seconds(Math.abs(deregistration.delayMs))} ${deregistration.delayMs < 0 ? 'before' : 'after'} SIGTERM`;
    case 'never':
      return 'never, health checks only';
  }
}

const PROFILES = {
  current: '0 to 1 s before SIGTERM',
  late: 'up to 10 s after SIGTERM (60 s with a stop timeout of 120 s)',
  'event-late': 'up to 10 s after SIGTERM (60 s with a stop timeout of 120 s), and the event later still',
  worst: 'only when the task has stopped',
} as const;
