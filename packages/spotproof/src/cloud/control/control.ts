import type { Adjustment, WorldEffect } from '@spotproof/world';
import type { Cluster } from '../ecs/cluster.ts';
import type { Clusters } from '../ecs/clusters.ts';
import { providerNamed } from '../ecs/launch.ts';
import { shortName } from '../ecs/resources.ts';
import { taskArn, taskIdOf } from '../ecs/task-operations.ts';
import { CloudFault } from '../wire/fault.ts';

export interface InterruptRequest {
  /** Name or ARN; default `default`. */
  readonly cluster?: string;
  /** Only tasks of this service. */
  readonly service?: string;
  /** Only tasks in this zone. */
  readonly zone?: string;
  /** How many of the running Spot tasks; default 1. */
  readonly count?: number | 'all';
  /** These instead. */
  readonly tasks?: readonly string[];
}

export interface CapacityRequest {
  /** Default: all clusters. */
  readonly cluster?: string;
  /** Default FARGATE_SPOT. */
  readonly provider?: string;
  /** Default: all zones. */
  readonly zone?: string;
  /** How many more tasks there is capacity for; 0 is a drought, null no limit. */
  readonly launches: number | null;
}

export interface ReclaimRequest {
  readonly cluster?: string;
  readonly service?: string;
  readonly zone?: string;
  /** Of the Spot tasks, 0 to 1. */
  readonly share: number;
  readonly withinMs: number;
}

export interface AlarmRequest {
  readonly cluster?: string;
  readonly service: string;
  readonly direction: 'out' | 'in';
  readonly adjustment: Adjustment;
}

/** What happens to a cloud and what AWS has no API for. */
export class Control {
  readonly #clusters: Clusters;

  constructor(clusters: Clusters) {
    this.#clusters = clusters;
  }

  /** The Spot notice. @returns The ARNs of the tasks that it went to. @throws {CloudFault} for a cluster or a task that there is not. */
  interrupt({ cluster: named, service, zone, count = 1, tasks }: InterruptRequest): readonly string[] {
    const cluster = this.#clusters.get(named);
    if (tasks !== undefined) {
      const taskIds = tasks.map((task) => {
        const taskId = taskIdOf(cluster, task);
        if (taskId === undefined) throw new CloudFault('InvalidParameterException', `The task ${task} was not found.`);
        return taskId;
      });
      return interrupted(cluster, cluster.world.call({ type: 'interrupt', taskIds }));
    }
    const effects = cluster.world.call({
      type: 'interrupt-some',
      count,
      ...(service === undefined ? {} : { service: shortName(service) }),
      ...(zone === undefined ? {} : { zone }),
    });
    return interrupted(cluster, effects);
  }

  /** How much capacity there is from now on. */
  capacity({ cluster: named, provider = 'FARGATE_SPOT', zone, launches }: CapacityRequest): void {
    const clusters = named === undefined ? this.#clusters.all : [this.#clusters.get(named)];
    for (const { world } of clusters) {
      world.call({ type: 'capacity', provider: providerNamed(provider), launches: launches ?? undefined, ...(zone === undefined ? {} : { zone }) });
    }
  }

  /** A correlated reclaim: many tasks, within a time. */
  reclaim({ cluster: named, service, zone, share, withinMs }: ReclaimRequest): void {
    this.#clusters.get(named).world.call({
      type: 'reclaim',
      share,
      withinMs,
      ...(service === undefined ? {} : { service: shortName(service) }),
      ...(zone === undefined ? {} : { zone }),
    });
  }

  /** An alarm of a scaling policy. */
  alarm({ cluster: named, service, direction, adjustment }: AlarmRequest): void {
    this.#clusters.get(named).world.call({ type: 'scaling-alarm', service: shortName(service), direction, adjustment });
  }
}

function interrupted(cluster: Cluster, effects: readonly WorldEffect[]): readonly string[] {
  const taskIds = effects.flatMap((effect) =>
    effect.type === 'task-state-changed' && effect.reason?.code === 'SpotInterruption' ? [effect.taskId] : [],
  );
  return [...new Set(taskIds)].map((taskId) => taskArn(cluster, taskId));
}
