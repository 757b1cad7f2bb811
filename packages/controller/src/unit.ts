import { SpotproofError } from '@spotproof/core';
import type { CapacityOptions } from '@spotproof/core/capacity';

/** A service on Spot and the On-Demand twin that stands in for it. Both in one cluster, and in the same target groups. */
export interface Unit {
  /** Name of the cluster. */
  readonly cluster: string;
  /** Name of the service on Spot. It is read, never written. */
  readonly primary: string;
  /** Name of the same service on FARGATE, with a desired count of 0 and no scaling policy. */
  readonly twin: string;
  readonly capacity: CapacityOptions;
  /** Decide and say so, and change nothing. */
  readonly dryRun: boolean;
}

/** What tells one unit from the others, in logs and in the memory. */
export function unitId({ cluster, primary }: Pick<Unit, 'cluster' | 'primary'>): string {
  return `${cluster}/${primary}`;
}

/**
 * Units from parsed JSON: a list of `{ cluster, primary, twin, maxFallback, warmTasks?, launchGraceSeconds?, stableForSeconds?, burstShare?, dryRun? }`.
 *
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first thing that is missing, unknown or out of range.
 */
export function parseUnits(value: unknown): readonly Unit[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid('units', 'a list of one or more units', value);
  const units = value.map((entry: unknown, index) => parseUnit(entry, `units[${index}]`));
  const seen = new Set<string>();
  for (const unit of units) {
    for (const service of [unit.primary, unit.twin]) {
      const id = unitId({ cluster: unit.cluster, primary: service });
      if (seen.has(id)) throw invalid('units', 'services that are named once', id);
      seen.add(id);
    }
  }
  return units;
}

function parseUnit(value: unknown, path: string): Unit {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(path, 'an object', value);
  const fields = new Map<string, unknown>(Object.entries(value));
  const stranger = [...fields.keys()].find((key) => !FIELDS.has(key));
  if (stranger !== undefined) throw invalid(`${path}.${stranger}`, `one of ${[...FIELDS].join(', ')}`, stranger);
  const number = (name: string, min: number, max: number): number | undefined => {
    const given = fields.get(name);
    if (given === undefined) return undefined;
    if (typeof given !== 'number' || !(given >= min && given <= max)) throw invalid(`${path}.${name}`, `a number from ${min} to ${max}`, given);
    return given;
  };
  const whole = (name: string, max: number): number | undefined => {
    const given = number(name, 0, max);
    if (given !== undefined && !Number.isInteger(given)) throw invalid(`${path}.${name}`, 'a whole number', given);
    return given;
  };
  const name = (field: string): string => {
    const given = fields.get(field);
    if (typeof given !== 'string' || !NAME.test(given))
      throw invalid(`${path}.${field}`, 'a name of up to 255 letters, digits, hyphens and underscores, without its ARN', given);
    return given;
  };
  const dryRun = fields.get('dryRun') ?? false;
  if (typeof dryRun !== 'boolean') throw invalid(`${path}.dryRun`, 'true or false', dryRun);
  const maxFallback = whole('maxFallback', MAX_TASKS);
  if (maxFallback === undefined) throw invalid(`${path}.maxFallback`, 'how many tasks the twin may have at most', undefined);
  const capacity: CapacityOptions = {
    maxFallback,
    warmTasks: whole('warmTasks', maxFallback),
    launchGraceMs: inMs(number('launchGraceSeconds', 10, 3_600)),
    stableForMs: inMs(number('stableForSeconds', 0, 3_600)),
    burstShare: number('burstShare', 0.01, 1),
  };
  return { cluster: name('cluster'), primary: name('primary'), twin: name('twin'), capacity, dryRun };
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function invalid(option: string, expected: string, got: unknown): SpotproofError {
  const shown = got === undefined ? 'nothing' : (JSON.stringify(got) ?? 'something else');
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `${option} must be ${expected}, got ${shown}. Correct the configuration of the controller.`, {
    details: { option },
  });
}

const FIELDS: ReadonlySet<string> = new Set([
  'cluster',
  'primary',
  'twin',
  'maxFallback',
  'warmTasks',
  'launchGraceSeconds',
  'stableForSeconds',
  'burstShare',
  'dryRun',
]);
/** Names of clusters and services (ECS API reference, CreateCluster and CreateService). */
const NAME = /^[\w-]{1,255}$/;
/** Tasks per service (Amazon ECS service quotas). */
const MAX_TASKS = 5_000;
