import { SpotproofError } from '@spotproof/core';
import type { CapacityOptions } from '@spotproof/core/capacity';

/** A service on Spot, and what stands in for what Spot does not give. */
export interface Unit {
  /** Name of the cluster. */
  readonly cluster: string;
  /** Name of the service on Spot. With a twin, it is read and never written. */
  readonly primary: string;
  readonly fallback: Fallback;
  readonly capacity: CapacityOptions;
  /** Decide and say so, and change nothing. */
  readonly dryRun: boolean;
}

/**
 * `twin`: the same service on FARGATE, in the same cluster and target groups, with a desired count of 0 and no scaling policy. `min-capacity`: the
 * minimum of the primary's own scalable target, which is `minCapacity` otherwise; only the On-Demand share of its strategy helps, and the policy of the
 * target must scale in again by itself.
 */
export type Fallback = { readonly kind: 'twin'; readonly service: string } | { readonly kind: 'min-capacity'; readonly minCapacity: number };

/** The services whose events are about the unit. */
export function servicesOf({ primary, fallback }: Unit): readonly string[] {
  return fallback.kind === 'twin' ? [primary, fallback.service] : [primary];
}

/** What tells one unit from the others, in logs and in the memory. */
export function unitId({ cluster, primary }: Pick<Unit, 'cluster' | 'primary'>): string {
  return `${cluster}/${primary}`;
}

/** Under which its memory is kept. A dry run has one of its own: what it has seen must not keep a controller beside it from looking. */
export function memoryKey(unit: Unit): string {
  return unit.dryRun ? `${unitId(unit)}?dry-run` : unitId(unit);
}

/**
 * Units from parsed JSON: a list of `{ cluster, primary, twin | minCapacity, maxFallback, warmTasks?, launchGraceSeconds?, stableForSeconds?, releaseIntervalSeconds?, burstShare?, dryRun? }`.
 *
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first thing that is missing, unknown or out of range.
 */
export function parseUnits(value: unknown): readonly Unit[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid('units', 'a list of one or more units', value);
  const units = value.map((entry: unknown, index) => parseUnit(entry, `units[${index}]`));
  const seen = new Set<string>();
  for (const unit of units) {
    for (const service of servicesOf(unit)) {
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
  if (maxFallback === undefined) throw invalid(`${path}.maxFallback`, 'how many tasks of fallback there may be at most', undefined);
  const capacity: CapacityOptions = {
    maxFallback,
    warmTasks: whole('warmTasks', maxFallback),
    launchGraceMs: inMs(number('launchGraceSeconds', 10, 3_600)),
    stableForMs: inMs(number('stableForSeconds', 0, 3_600)),
    releaseIntervalMs: inMs(number('releaseIntervalSeconds', 1, 3_600)),
    burstShare: number('burstShare', 0.01, 1),
  };
  const minCapacity = whole('minCapacity', MAX_TASKS);
  if ((minCapacity === undefined) === (fields.get('twin') === undefined)) throw invalid(path, 'an object with either twin or minCapacity', value);
  const fallback: Fallback = minCapacity === undefined ? { kind: 'twin', service: name('twin') } : { kind: 'min-capacity', minCapacity };
  return { cluster: name('cluster'), primary: name('primary'), fallback, capacity, dryRun };
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
  'minCapacity',
  'maxFallback',
  'warmTasks',
  'launchGraceSeconds',
  'stableForSeconds',
  'releaseIntervalSeconds',
  'burstShare',
  'dryRun',
]);
/** Names of clusters and services (ECS API reference, CreateCluster and CreateService). */
const NAME = /^[\w-]{1,255}$/;
/** Tasks per service (Amazon ECS service quotas). */
const MAX_TASKS = 5_000;
