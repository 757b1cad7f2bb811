import type { Deregistration } from '@spotproof/world';
import { LISTENER_PROTOCOLS, PROTOCOL_VERSIONS, type ProtocolVersion } from '../../balancer/protocol.ts';
import type { RequestSpec } from '../../load/request-spec.ts';
import type { LabOptions } from '../../verdict/lab-run.ts';
import { parseFault } from './fault-option.ts';
import type { LabFlags } from './flags.ts';
import {
  invalid,
  parseChoice,
  parseDeregisterAfter,
  parseDuration,
  parseEnv,
  parseHealthCheck,
  parseInterruptions,
  parseNumber,
  parseWhole,
} from './values.ts';

export interface LabSetting {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly runDirectory: string;
  readonly requests: readonly RequestSpec[];
  readonly protect: boolean;
}

/** Everything that the flags say, checked and with defaults; throws `SPOTPROOF_CONFIG_INVALID` for the first that cannot be. */
export function labOptions(flags: LabFlags, setting: LabSetting): LabOptions {
  const deregistration = parseDeregistration(flags);
  const protocolVersion = parseChoice('--protocol-version', flags.protocolVersion, PROTOCOL_VERSIONS);
  const health = healthCheck(flags, protocolVersion);
  return {
    ...setting,
    env: parseEnv(flags.env),
    portEnv: parsePortEnv(flags.portEnv),
    tasks: parseWhole('--tasks', flags.tasks, { min: 1, max: 50 }),
    startTimeoutMs: parseDuration('--start-timeout', flags.startTimeout, { min: 1_000, max: 600_000 }),
    pidNamespaces: 'auto',
    stopTimeoutMs: parseStopTimeout(flags),
    deregistration,
    maxNodeLagMs: parseDuration('--node-lag', flags.nodeLag ?? (deregistration.kind === 'profile' ? '5' : '0'), { min: 0, max: 60_000 }),
    replacement: parseChoice('--replacement', flags.replacement, ['at-notice', 'after-stopped', 'never']),
    ...whatHappens(flags),
    balancer: {
      nodes: parseWhole('--nodes', flags.nodes ?? (flags.aws === true ? '1' : '2'), { min: 1, max: 6 }),
      listener: parseChoice('--listener', flags.listener ?? (protocolVersion === 'http1' ? 'http' : 'https'), LISTENER_PROTOCOLS),
      protocolVersion,
      algorithm: parseChoice('--algorithm', flags.algorithm, ['round_robin', 'least_outstanding_requests']),
      idleTimeoutMs: 60_000,
      clientKeepAliveMs: 3_600_000,
      connectTimeoutMs: 10_000,
      deregistrationDelayMs: parseDuration('--deregistration-delay', flags.deregistrationDelay, { min: 0, max: 3_600_000 }),
      healthCheck: health,
      finLagMs: flags.adversary === undefined ? 1 : 5,
      adversary: flags.adversary === undefined ? 'none' : parseChoice('--adversary', flags.adversary, ['keep-alive']),
    },
    accessLog: true,
    ratePerSecond: parseNumber('--rate', flags.rate, { min: 0.1, max: 20_000, unit: 'requests per second' }),
    controlMs: parseDuration('--control', flags.control, { min: 0, max: 3_600_000 }),
    durationMs: flags.duration === undefined ? undefined : parseDuration('--duration', flags.duration, { min: 1_000, max: 7_200_000 }),
    work: parseWork(flags),
    seed: parseWhole('--seed', flags.seed, { min: 0, max: Number.MAX_SAFE_INTEGER }),
  };
}

/** What an unknown app is asked when nobody says better: its front page; any complete answer below 500 is an answer. */
export const DEFAULT_REQUESTS: readonly RequestSpec[] = [
  { name: 'GET /', method: 'GET', path: '/', headers: {}, body: undefined, weight: 1, expect: {}, timeoutMs: 30_000 },
];

/** Faults alone show what health checks do; an interruption beside them would blur it, so it must be asked for. */
function whatHappens({ interrupt, fault }: LabFlags): Pick<LabOptions, 'interruptions' | 'faults'> {
  const interruptions = interrupt ?? (fault.length === 0 ? '1@3s' : undefined);
  return { interruptions: interruptions === undefined ? [] : parseInterruptions(interruptions), faults: fault.map(parseFault) };
}

function parseWork({ work, workWait }: LabFlags): LabOptions['work'] {
  if (work === true) return { waitMs: parseDuration('--work-wait', workWait ?? '30', { min: 0, max: 3_600_000 }) };
  if (workWait !== undefined) throw invalid('--work-wait', 'given with --work: without it nobody says what work is open', workWait);
  return undefined;
}

function parseDeregistration(flags: LabFlags): Deregistration {
  if (flags.deregisterAfter === undefined) {
    return { kind: 'profile', profile: parseChoice('--profile', flags.profile ?? 'late', ['current', 'late', 'event-late', 'worst']) };
  }
  if (flags.profile !== undefined) {
    throw invalid('--deregister-after', 'given instead of --profile, not together with it', flags.deregisterAfter);
  }
  return parseDeregisterAfter(flags.deregisterAfter);
}

/** AWS accepts 2 to 120 s on Fargate. The profile `worst` is about the longest. */
function parseStopTimeout(flags: LabFlags): number {
  return parseDuration('--stop-timeout', flags.stopTimeout ?? (flags.profile === 'worst' ? '120' : '30'), { min: 2_000, max: 120_000 });
}

function healthCheck(flags: LabFlags, protocolVersion: ProtocolVersion): LabOptions['balancer']['healthCheck'] {
  const isGrpc = protocolVersion === 'grpc';
  const { path, intervalMs, threshold } = parseHealthCheck(flags.healthCheck ?? (isGrpc ? '/AWS.ALB/healthcheck,10s,2' : '/,10s,2'));
  return {
    path,
    intervalMs,
    // AWS: 2 to 120 s and below the interval.
    timeoutMs: flags.aws === true ? Math.min(5_000, intervalMs - 1_000) : Math.min(5_000, Math.max(100, intervalMs - 100)),
    healthyThreshold: 2,
    unhealthyThreshold: threshold,
    // The front page of an unknown app may well be a redirect or a 404; a path that somebody chose must pass as on AWS.
    matcher: isGrpc ? grpcMatcher(flags) : flags.healthCheck === undefined ? [200, 499] : [200, 299],
  };
}

/** AWS's defaults: nobody implements its path, so UNIMPLEMENTED shows that the server is there. A health service that somebody chose answers OK. */
function grpcMatcher(flags: LabFlags): readonly [number, number] {
  return flags.healthCheck === undefined ? [12, 12] : [0, 0];
}

function parsePortEnv(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) return text;
  throw invalid('--port-env', 'the name of an environment variable', text);
}
