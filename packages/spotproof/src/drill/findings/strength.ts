import { count, list, seconds } from '../../verdict/words.ts';
import type { FindingRule } from './types.ts';

const notAtStrength: FindingRule = ({ strength, plan, messages, replacements, tasks }) => {
  if (strength.timeToStrengthMs !== undefined || tasks.length === 0) return undefined;
  const serving = strength.series.at(-1)?.serving ?? 0;
  const refused = messages.findLast((text) => /unable to place|capacity is unavailable|unable to consistently start/i.test(text));
  const unhealthy = replacements.filter(({ runningAt, healthyAt }) => runningAt !== undefined && healthyAt === undefined);
  return {
    rule: 'not-at-strength',
    severity: 'problem',
    diagnosis: `${serving} of ${strength.before} served when the drill ended, with a limit of ${seconds(plan.timeoutMs)}.`,
    cause:
      refused !== undefined
        ? `ECS could not place tasks: "${refused}"`
        : unhealthy.length > 0
          ? `${count(unhealthy.length, 'replacement')} ran and did not become healthy in the target group.`
          : replacements.length === 0
            ? 'ECS started no replacement in that time.'
            : 'Replacements were still starting.',
    fix:
      refused !== undefined
        ? 'Fargate never replaces Spot with On-Demand: run the capacity controller with an On-Demand twin, and spread over more zones.'
        : unhealthy.length > 0
          ? 'Look at the health check of the target group and at the start of the container.'
          : 'Shorten the start (image, boot, first health check), or give --timeout longer.',
    tasks: replacements.map(({ id }) => id),
  };
};

const outage: FindingRule = ({ strength, tasks, service }) => {
  if (strength.outageMs === 0 || tasks.length === 0) return undefined;
  return {
    rule: 'outage',
    severity: 'problem',
    diagnosis: `${service.deregistrationDelays.length > 0 ? 'No target was healthy' : 'No task ran'} for ${seconds(strength.outageMs)}.`,
    cause: `${count(tasks.length, 'task')} of ${strength.before} went at once, and no replacement was ready.`,
    fix: 'Run more and smaller tasks, keep some On-Demand (a base on FARGATE), and let replacements start faster.',
    tasks: [],
  };
};

const failedReplacements: FindingRule = ({ replacements }) => {
  const failed = replacements.filter((task) => task.failed !== undefined);
  if (failed.length === 0) return undefined;
  return {
    rule: 'replacement-failed',
    severity: 'problem',
    diagnosis: `${count(failed.length, 'replacement')} stopped again: ${list(failed.map(({ id }) => id))}.`,
    cause: `ECS says: ${list([...new Set(failed.map((task) => `"${task.failed ?? ''}"`))])}.`,
    fix: 'Look at the log of the container; if health checks ended it, at healthCheckGracePeriodSeconds of the service.',
    tasks: failed.map(({ id }) => id),
  };
};

const notDone: FindingRule = ({ plan }) => {
  if (plan.notDone.length === 0) return undefined;
  return {
    rule: 'not-done',
    severity: 'problem',
    diagnosis: `Not all of the plan was done: ${list(plan.notDone.map(({ what }) => what).slice(0, 5))}.`,
    cause: list([...new Set(plan.notDone.map(({ why }) => why))]),
    fix: 'Give the caller ecs:StopTask where it was refused; leave more time between waves (--interval) where the service was not back.',
    tasks: [],
  };
};

const notOnSpot: FindingRule = ({ service, tasks }) => {
  if (service.spotTasks > 0 || tasks.length === 0) return undefined;
  return {
    rule: 'not-on-spot',
    severity: 'note',
    diagnosis: 'No task of the service runs on FARGATE_SPOT.',
    cause: 'Its capacity provider strategy or its launch type is On-Demand, which AWS does not take back.',
    fix: 'Take the drill as a test of the stop, not of Spot.',
    tasks: [],
  };
};

const rollout: FindingRule = ({ service }) => {
  if (!service.wasRollingOut) return undefined;
  return {
    rule: 'rollout',
    severity: 'note',
    diagnosis: 'A deployment was in progress when the drill began.',
    cause: 'Tasks that it started and stopped are among the figures.',
    fix: 'Repeat the drill when the deployment is complete.',
    tasks: [],
  };
};

export const strengthRules: readonly FindingRule[] = [outage, notAtStrength, failedReplacements, notDone, notOnSpot, rollout];
