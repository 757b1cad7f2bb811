import { count, list, seconds } from '../../verdict/words.ts';
import type { FindingRule } from './types.ts';

const lost: FindingRule = ({ load, tasks, strength }) => {
  if (!load.driven || load.lost === 0) return undefined;
  const statuses = new Set(load.losses.flatMap(({ status, answeredBy }) => (answeredBy === 'balancer' && status !== undefined ? [status] : [])));
  const firstStopAt = Math.min(...tasks.map(({ stopRequestedAt }) => stopRequestedAt));
  const afterMs = (load.losses[0]?.at ?? firstStopAt) - firstStopAt;
  const dead = tasks.filter(({ killed, stoppedAt }) => killed && stoppedAt !== undefined);
  const cause = statuses.has(503)
    ? `The load balancer answered 503: it had no target to send to${strength.outageMs > 0 ? `; for ${seconds(strength.outageMs)} none was healthy` : ''}.`
    : dead.length > 0
      ? `${count(dead.length, 'task')} had to be killed, with whatever was in flight: ${list(dead.map(({ id }) => id).slice(0, 5))}.`
      : statuses.has(502)
        ? 'The load balancer answered 502: a target closed its connection or stopped listening while requests still came.'
        : statuses.has(504)
          ? 'The load balancer answered 504: a target did not answer in time.'
          : 'The application itself answered badly, or the connection to the load balancer broke.';
  return {
    rule: 'lost-requests',
    severity: 'problem',
    diagnosis: `${count(load.lost, 'request')} lost, the first ${seconds(afterMs)} after the first stop: ${list(Object.entries(load.byOutcome).map(([outcome, n]) => `${n} ${outcome}`))}.`,
    cause,
    fix: 'Run the same app in `spotproof lab`, which names the cause of each lost request, and with `--protect`, which shows what the drain of Spotproof makes of it.',
    tasks: dead.map(({ id }) => id),
  };
};

const lostBefore: FindingRule = ({ load }) => {
  if (!load.driven || load.lostBefore === 0) return undefined;
  return {
    rule: 'lost-before',
    severity: 'note',
    diagnosis: `${count(load.lostBefore, 'request')} ended badly before the first stop.`,
    cause: 'The service, or the way to it, loses requests on any day.',
    fix: 'Look at --url and at the service first: losses after the stop may have the same cause.',
    tasks: [],
  };
};

export const loadRules: readonly FindingRule[] = [lost, lostBefore];
