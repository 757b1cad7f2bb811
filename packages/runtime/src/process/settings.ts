import { SpotproofError, silentLogger, type Logger } from '@spotproof/core';
import type { DeregisterTarget } from '../platform/deregistration.ts';
import { assertWritable } from '../platform/report-file.ts';
import type { ProcessDoor, StopSignal } from './door.ts';

/** Options that hold for the whole process, however many servers it protects. */
export interface ProcessOptions {
  /**
   * The container's `stopTimeout` in seconds, 1 to 3600. Default: the environment variable `SPOTPROOF_STOP_TIMEOUT`, then 30, which is what ECS
   * uses when the task definition says nothing. Fargate allows 2 to 120. A container cannot read its own, so it must be told.
   */
  readonly stopTimeoutSeconds?: number;
  /** The balancer's idle timeout in seconds, 1 to 4000. Default 60, as an Application Load Balancer's `idle_timeout.timeout_seconds`. */
  readonly balancerIdleTimeoutSeconds?: number;
  /** False: silent health checks are no evidence that the balancer has let go. Default true. */
  readonly letGoByHealthChecks?: boolean;
  /**
   * The signals that drain, of SIGTERM, SIGINT and SIGQUIT; false for none: call `drain()` yourself. Default SIGTERM and SIGINT. Fargate sends the
   * image's STOPSIGNAL (since 2025-12-10), which images made after nginx's set to SIGQUIT.
   */
  readonly signals?: boolean | readonly StopSignal[];
  /** False: the process goes on after the drain, and only the report says that it is over. Default true: exit 0 when nothing was lost, 1 otherwise. */
  readonly exit?: boolean;
  /**
   * True: while tracked work or a consumer's is open, scale-in and deployments keep away from this task (ECS task scale-in protection). Not Spot
   * interruptions. The task role needs `ecs:UpdateTaskProtection`; outside of ECS it does nothing. Default false.
   */
  readonly taskProtection?: boolean;
  /** Takes this task out of its target group when a drain begins, for at most 10 s and beside the drain. Default: left to ECS. */
  readonly deregisterTarget?: DeregisterTarget;
  /** Where to say what a person should know, pino's shape. Default: nowhere. */
  readonly logger?: Logger;
}

export interface Settings {
  readonly budgetMs: number;
  readonly budgetFrom: 'option' | 'SPOTPROOF_STOP_TIMEOUT' | 'default';
  readonly balancerIdleMs: number;
  readonly letGoByHealthChecks: boolean;
  readonly signals: readonly StopSignal[];
  readonly exit: boolean;
  readonly taskProtection: boolean;
  readonly deregisterTarget: DeregisterTarget | undefined;
  readonly logger: Logger;
  /** Where the report line goes: `stderr`, a path, or nowhere. */
  readonly reportTo: string | undefined;
}

/**
 * Options, then environment, then defaults.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` naming the option or variable, what was expected and what came.
 */
export function settings(options: ProcessOptions, door: ProcessDoor): Settings {
  const stopTimeout = options.stopTimeoutSeconds === undefined ? stopTimeoutFromEnvironment(door) : undefined;
  return {
    budgetMs: 1000 * (stopTimeout ?? seconds('stopTimeoutSeconds', options.stopTimeoutSeconds, DEFAULT_STOP_TIMEOUT_S, 3600)),
    budgetFrom: options.stopTimeoutSeconds !== undefined ? 'option' : stopTimeout !== undefined ? 'SPOTPROOF_STOP_TIMEOUT' : 'default',
    balancerIdleMs: 1000 * seconds('balancerIdleTimeoutSeconds', options.balancerIdleTimeoutSeconds, 60, 4000),
    letGoByHealthChecks: flag('letGoByHealthChecks', options.letGoByHealthChecks),
    signals: signals(options.signals ?? true),
    exit: flag('exit', options.exit),
    taskProtection: flag('taskProtection', options.taskProtection ?? false),
    deregisterTarget: deregisterTarget(options.deregisterTarget),
    logger: logger(options.logger),
    reportTo: reportTo(door),
  };
}

/**
 * Options of two calls together; the process has one life, so they must agree.
 *
 * @throws SpotproofError `SPOTPROOF_MISUSE` naming the option; `SPOTPROOF_CONFIG_INVALID` for `stopTimeout` and the like, without the unit.
 */
export function mergeOptions(before: ProcessOptions, now: ProcessOptions): ProcessOptions {
  assertUnits(now);
  for (const name of OPTION_NAMES) {
    const one = before[name];
    const other = now[name];
    if (one === undefined || other === undefined || isSame(one, other)) continue;
    throw new SpotproofError(
      'SPOTPROOF_MISUSE',
      `${name} was given twice with different values. It holds for the whole process: pass it to one protect() call only.`,
      {
        details: { option: name },
      },
    );
  }
  return { ...before, ...Object.fromEntries(OPTION_NAMES.filter((name) => now[name] !== undefined).map((name) => [name, now[name]])) };
}

/** ECS calls it `stopTimeout`. Passed over in silence, it would leave the budget at 30 s. Others' options may come along: Fastify hands on its own. */
function assertUnits(options: ProcessOptions): void {
  for (const name of Object.keys(options)) {
    const meant = OPTION_NAMES.find((known) => known.endsWith(UNIT) && known !== name && name.startsWith(known.slice(0, -UNIT.length)));
    if (meant === undefined) continue;
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${name} must be called ${meant}, and be in seconds. Rename it.`, {
      details: { option: name },
    });
  }
}

/** Every environment variable with a value that cannot be meant, as one sentence each, and a door through which those are not seen. */
export function withoutBadEnvironment(door: ProcessDoor): { readonly door: ProcessDoor; readonly problems: readonly string[] } {
  const bad = new Set<string>();
  const problems: string[] = [];
  for (const [name, read] of [
    ['SPOTPROOF_STOP_TIMEOUT', stopTimeoutFromEnvironment],
    ['SPOTPROOF_REPORT', reportTo],
  ] as const) {
    try {
      read(door);
    } catch (error) {
      bad.add(name);
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { door: { ...door, env: (name) => (bad.has(name) ? undefined : door.env(name)) }, problems };
}

function stopTimeoutFromEnvironment(door: ProcessDoor): number | undefined {
  const text = door.env('SPOTPROOF_STOP_TIMEOUT')?.trim();
  if (text === undefined || text === '') return undefined;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= 3600) return value;
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `SPOTPROOF_STOP_TIMEOUT must be a number of seconds from 1 to 3600, got "${text}". Set it to the container's stopTimeout, for example 120.`,
    { details: { variable: 'SPOTPROOF_STOP_TIMEOUT', got: text } },
  );
}

function reportTo(door: ProcessDoor): string | undefined {
  const text = door.env('SPOTPROOF_REPORT');
  if (text === undefined || text === '') return undefined;
  if (text === 'stderr') return text;
  if (/[./]/.test(text)) {
    assertWritable(text);
    return text;
  }
  throw new SpotproofError(
    'SPOTPROOF_CONFIG_INVALID',
    `SPOTPROOF_REPORT must be "stderr" or the path of a file, got "${text}". Write "./${text}" if a file of that name is meant.`,
    { details: { variable: 'SPOTPROOF_REPORT', got: text } },
  );
}

function seconds(option: string, value: unknown, fallback: number, max: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value >= 1 && value <= max) return value;
  throw invalid(option, `a number of seconds from 1 to ${max}`, value);
}

function flag(option: string, value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value === 'boolean') return value;
  throw invalid(option, 'true or false', value);
}

function signals(value: unknown): readonly StopSignal[] {
  if (value === true) return DEFAULT_SIGNALS;
  if (value === false) return [];
  if (Array.isArray(value) && value.length > 0) {
    const known = value.flatMap((name) => STOP_SIGNALS.filter((signal) => signal === name));
    if (known.length === value.length) return known;
  }
  throw invalid('signals', 'true, false, or a list of SIGTERM, SIGINT and SIGQUIT', Array.isArray(value) ? value.join() : value);
}

/** Lists are the same when they say the same. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (Array.isArray(one) && Array.isArray(other) && one.join() === other.join());
}

function deregisterTarget(value: DeregisterTarget | undefined): DeregisterTarget | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw invalid('deregisterTarget', 'a function', value);
}

function logger(value: Logger | undefined): Logger {
  if (value === undefined) return silentLogger;
  for (const method of ['debug', 'info', 'warn', 'error'] as const) {
    if (typeof value[method] !== 'function')
      throw invalid('logger', `an object with the methods debug, info, warn and error (no ${method} found)`, value);
  }
  return value;
}

/** The error for an option of the wrong kind or out of range. */
export function invalid(option: string, expected: string, got: unknown): SpotproofError {
  const shown =
    typeof got === 'string' || typeof got === 'number' || typeof got === 'boolean' ? JSON.stringify(got) : got === null ? 'null' : typeof got;
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must be ${expected}, got ${shown}. Correct the option or leave it out.`, {
    details: { option, got: shown },
  });
}

const DEFAULT_STOP_TIMEOUT_S = 30;
const DEFAULT_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const STOP_SIGNALS = [...DEFAULT_SIGNALS, 'SIGQUIT'] as const;
const UNIT = 'Seconds';
const OPTION_NAMES = [
  'stopTimeoutSeconds',
  'balancerIdleTimeoutSeconds',
  'letGoByHealthChecks',
  'signals',
  'exit',
  'taskProtection',
  'deregisterTarget',
  'logger',
] as const;
