import type { DrillOptions } from '../../drill/options.ts';
import { parseDuration, parseNumber, parseWhole } from '../lab/values.ts';
import type { DrillFlags } from './flags.ts';

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first option that is malformed or out of range. */
export function drillOptions(flags: DrillFlags): DrillOptions {
  return {
    cluster: flags.cluster,
    service: flags.service,
    count: flags.count === 'all' ? 'all' : parseWhole('--count', flags.count, { min: 1, max: 500 }),
    waves: parseWhole('--waves', flags.waves, { min: 1, max: 20 }),
    intervalMs: parseDuration('--interval', flags.interval, { min: 1_000, max: HOUR_MS }),
    timeoutMs: parseDuration('--timeout', flags.timeout, { min: 1_000, max: 2 * HOUR_MS }),
    controlMs: parseDuration('--control', flags.control, { min: 0, max: 600_000 }),
    permissions: { aws: flags.aws === true, production: flags.allowProduction === true, outage: flags.allowOutage === true },
  };
}

/** Bounded: a drill shows losses, it is no load test. */
export function ratePerSecond({ rate }: Pick<DrillFlags, 'rate'>): number {
  return parseNumber('--rate', rate, { min: 0.1, max: 500, unit: 'requests a second' });
}

const HOUR_MS = 3_600_000;
