import type { ClusterReading, ServiceReading } from '@spotproof/controller';
import { isLoopback } from '../loopback.ts';
import type { Permissions } from './options.ts';
import { saysProduction } from './production.ts';

/** Why a drill does not begin, and what would let it. */
export interface Refusal {
  readonly flag: '--aws' | '--allow-production' | '--allow-outage' | undefined;
  readonly sentence: string;
}

/** Refuses to leave this machine unasked. Looked at before anything is called. */
export function refuseToLeave(
  places: { readonly endpoint: string | undefined; readonly queueUrl: string | undefined; readonly url: string | undefined },
  { aws }: Pick<Permissions, 'aws'>,
): readonly Refusal[] {
  if (aws) return [];
  const refusals: Refusal[] = [];
  if (places.endpoint === undefined) refusals.push({ flag: '--aws', sentence: 'Without --endpoint, the drill would stop tasks on AWS itself.' });
  for (const [option, place] of [
    ['--endpoint', places.endpoint],
    ['--queue-url', places.queueUrl],
    ['--url', places.url],
  ] as const) {
    if (place !== undefined && !isLoopback(place)) refusals.push({ flag: '--aws', sentence: `${option} ${place} is not on this machine.` });
  }
  return refusals;
}

export interface SafetyFacts {
  readonly service: ServiceReading;
  readonly cluster: ClusterReading;
  readonly runningTasks: number;
  /** How many the first wave would stop. */
  readonly toStop: number;
  /** See `serving.ts`. */
  readonly serving: number;
}

/** Everything that speaks against stopping tasks of this service now; empty when nothing does. */
export function refuseToStop({ service, cluster, runningTasks, toStop, serving }: SafetyFacts, permissions: Permissions): readonly Refusal[] {
  const refusals: Refusal[] = [];
  const id = `${cluster.name}/${service.name}`;
  if (service.status !== 'ACTIVE') refusals.push({ flag: undefined, sentence: `${id} is ${service.status}: there is nothing to drill.` });
  const word = saysProduction([cluster.name, service.name], service.tags) ?? saysProduction([], cluster.tags);
  if (word !== undefined && !permissions.production)
    refusals.push({ flag: '--allow-production', sentence: `"${word}" says that ${id} is production.` });
  if (runningTasks === 0) refusals.push({ flag: undefined, sentence: `${id} has no running task that could be stopped.` });
  else if (runningTasks - toStop < 1 && !permissions.outage)
    refusals.push({
      flag: '--allow-outage',
      sentence: `${id} has ${runningTasks === 1 ? '1 running task' : `${runningTasks} running tasks`}, and the first wave would leave none.`,
    });
  if (runningTasks > 0 && serving < service.desiredCount && !permissions.outage)
    refusals.push({ flag: '--allow-outage', sentence: `${id} is not at strength: ${serving} of ${service.desiredCount} serve.` });
  return refusals;
}
