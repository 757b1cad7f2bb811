import type { ClusterReading, DrillCloud, DrillTask, StopTimeout, TargetReading } from '@spotproof/controller';
import { type Clock, SpotproofError } from '@spotproof/core';
import type { DrillOptions } from './options.ts';
import { chooseTasks, isRunning, planWaves, type PlannedWave } from './plan.ts';
import { type Refusal, refuseToStop } from './safety.ts';
import { servingOf, type Snapshot } from './serving.ts';

/** A service before its drill, and what shall be done to it. Nothing has been changed yet. */
export interface Survey {
  readonly cluster: ClusterReading;
  readonly before: Snapshot;
  readonly serving: number;
  readonly stopTimeouts: readonly StopTimeout[];
  readonly deregistrationDelays: readonly { readonly targetGroupArn: string; readonly seconds: number }[];
  readonly waves: readonly PlannedWave[];
  /** What the first wave would stop, if it began now. */
  readonly first: readonly DrillTask[];
  readonly refusals: readonly Refusal[];
}

/** Reads all that a drill must know before it may touch anything. */
export async function surveyService(cloud: DrillCloud, clock: Clock, options: DrillOptions): Promise<Survey> {
  const cluster = await cloud.describeCluster(options.cluster);
  if (cluster === undefined) throw missing('cluster', options.cluster);
  const before = await look(cloud, clock, { ...options, stopped: [] });
  const definitions = [...new Set(before.tasks.map(({ taskDefinitionArn }) => taskDefinitionArn))].filter((arn) => arn !== '');
  const stopTimeouts: StopTimeout[] = [];
  for (const arn of definitions.slice(0, MOST_DEFINITIONS)) {
    for (const one of await cloud.describeStopTimeouts(arn))
      if (!stopTimeouts.some(({ container }) => container === one.container)) stopTimeouts.push(one);
  }
  const deregistrationDelays: { targetGroupArn: string; seconds: number }[] = [];
  for (const targetGroupArn of before.targets.keys())
    deregistrationDelays.push({ targetGroupArn, seconds: await cloud.describeDeregistrationDelay(targetGroupArn) });
  const first = chooseTasks(before.tasks, options.count);
  const serving = servingOf(before);
  const runningTasks = before.tasks.filter(isRunning).length;
  const facts = { service: before.service, cluster, runningTasks, toStop: first.length, serving };
  return {
    cluster,
    before,
    serving,
    stopTimeouts,
    deregistrationDelays,
    first,
    waves: planWaves(options),
    refusals: refuseToStop(facts, options.permissions),
  };
}

/** One look at the service, its tasks and its target groups. */
export async function look(
  cloud: DrillCloud,
  clock: Clock,
  { cluster, service, stopped }: { readonly cluster: string; readonly service: string; readonly stopped: readonly string[] },
): Promise<Snapshot> {
  const [found] = await cloud.describeServices(cluster, [service]);
  if (found === undefined) throw missing('service', service);
  const arns = new Set([...(await cloud.listTaskArns(cluster, service)), ...stopped]);
  const tasks = await cloud.describeTasks(cluster, [...arns]);
  const targets = new Map<string, readonly TargetReading[]>();
  for (const { arn } of found.targetGroups) if (!targets.has(arn)) targets.set(arn, await cloud.describeTargets(arn));
  return { at: clock.now(), service: found, tasks, targets };
}

function missing(what: 'cluster' | 'service', name: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_CONFIG_INVALID', `--${what} must name one that exists in this region and account, got "${name}".`, {
    details: { option: what, got: name },
  });
}

/** A service has one task definition, two while it is rolled out. */
const MOST_DEFINITIONS = 4;
