import { sharedCheckWarning } from '@spotproof/core/health';
import type { Readiness } from '../health/readiness.ts';
import type { SharedLifecycle } from './lifecycle.ts';

/** Warns of checks that endanger the whole fleet, and has the logger told of each change, with the errors that the answer keeps to itself. */
export function tellOfReadiness(life: SharedLifecycle, readiness: Readiness): void {
  const warning = sharedCheckWarning(readiness.rules.checks);
  if (warning !== undefined) life.warn(warning);
  if (toldOf.has(readiness)) return;
  toldOf.add(readiness);
  readiness.whenChanged(({ status, reasons, checks }) => {
    const { logger } = life.settings;
    const failing = Object.entries(checks).flatMap(([name, check]) =>
      check.status === 'pass' ? [] : [{ name, status: check.status, error: check.error }],
    );
    if (status === 'ready') logger.info({ status, failing }, 'readiness changed');
    else logger.warn({ status, reasons, failing }, 'readiness changed');
  });
}

const toldOf = new WeakSet<Readiness>();
