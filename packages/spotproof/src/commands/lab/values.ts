import { SpotproofError } from '@spotproof/core';
import type { Deregistration } from '@spotproof/world';
import type { PlannedInterruption } from '../../verdict/lab-run.ts';

/** The values of the lab's options as a person writes them. Each function throws `SPOTPROOF_CONFIG_INVALID` with what was expected and what came. */

export interface WholeRange {
  readonly min: number;
  readonly max: number;
}

export function parseWhole(option: string, text: string, { min, max }: WholeRange): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw invalid(option, `a whole number from ${min} to ${max}`, text);
}

export interface NumberRange extends WholeRange {
  readonly unit: string;
}

export function parseNumber(option: string, text: string, { min, max, unit }: NumberRange): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw invalid(option, `a number of ${unit} from ${min} to ${max}`, text);
}

/** `30`, `30s` or `500ms`, as milliseconds. */
export function parseDuration(option: string, text: string, { min, max }: WholeRange): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
  const ms = match === null ? Number.NaN : Math.round(Number(match[1]) * MS_IN[match[2] ?? 's']!);
  if (ms >= min && ms <= max) return ms;
  throw invalid(option, `a time in seconds from ${min / 1000} to ${max / 1000}, such as 30, 2.5s or 500ms`, text);
}

const MS_IN: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** `1@3s,all@20s`: how many running tasks are taken back, and when after the control phase. */
export function parseInterruptions(text: string): PlannedInterruption[] {
  const planned = text.split(',').map((part): PlannedInterruption => {
    const match = /^\s*(\d+|all)@(\S+?)\s*$/.exec(part);
    if (match === null || match[1] === '0') throw invalid('--interrupt', 'a list such as 1@3s or 2@3s,all@20s', text);
    return {
      count: match[1] === 'all' ? 'all' : Number(match[1]),
      atMs: parseDuration('--interrupt', match[2] ?? '', { min: 0, max: 3_600_000 }),
    };
  });
  return planned.toSorted((one, other) => one.atMs - other.atMs);
}

/** `never`, or seconds after SIGTERM; negative: before it. */
export function parseDeregisterAfter(text: string): Deregistration {
  if (text === 'never') return { kind: 'never' };
  const match = /^-?(.+)$/.exec(text);
  try {
    const ms = parseDuration('--deregister-after', match?.[1] ?? '', { min: 0, max: 600_000 });
    return { kind: 'after-sigterm', delayMs: text.startsWith('-') ? -ms : ms };
  } catch (error) {
    throw invalid('--deregister-after', '`never`, or seconds after SIGTERM such as 4 or 2.5s', text, error);
  }
}

export interface HealthCheckOption {
  readonly path: string;
  readonly intervalMs: number;
  readonly threshold: number;
}

/** `/health,5s,2`: path, interval and unhealthy threshold; the last two may be left out. */
export function parseHealthCheck(text: string): HealthCheckOption {
  const [path = '', interval = '10s', threshold = '2', ...rest] = text.split(',').map((part) => part.trim());
  if (!path.startsWith('/') || rest.length > 0) {
    throw invalid('--health-check', 'a path, an interval and an unhealthy threshold such as /health,5s,2', text);
  }
  return {
    path,
    intervalMs: parseDuration('--health-check (interval)', interval, { min: 200, max: 300_000 }),
    threshold: parseWhole('--health-check (threshold)', threshold, { min: 1, max: 10 }),
  };
}

/** `KEY=VALUE`. */
export function parseEnv(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const match = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(entry);
      if (match === null) throw invalid('--env', 'KEY=VALUE', entry);
      return [match[1] ?? '', match[2] ?? ''];
    }),
  );
}

export function parseChoice<Choice extends string>(option: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((name) => name === text);
  if (choice !== undefined) return choice;
  throw invalid(option, `one of ${choices.join(', ')}`, text);
}

export function invalid(option: string, expected: string, got: string, cause?: unknown): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must be ${expected}, got ${JSON.stringify(got)}.`, {
    details: { option, got },
    cause,
  });
}
