import type { ClusterConfig } from '../spec/config.ts';
import type { TaskRecord } from './records.ts';

/** The names that AWS gives to things, made from ours. */

export function arnOf(cluster: ClusterConfig, resource: string): string {
  return `arn:aws:ecs:${cluster.region}:${cluster.account}:${resource}`;
}

export function clusterArn(cluster: ClusterConfig): string {
  return arnOf(cluster, `cluster/${cluster.name}`);
}

export function serviceArn(cluster: ClusterConfig, service: string): string {
  return arnOf(cluster, `service/${cluster.name}/${service}`);
}

export function taskArn(cluster: ClusterConfig, taskId: string): string {
  return arnOf(cluster, `task/${cluster.name}/${taskId}`);
}

/** The private address of a task: one for each of the first 65,000 tasks of a zone, and the same in every run. */
export function taskAddress(cluster: ClusterConfig, task: Pick<TaskRecord, 'number' | 'zone'>): string {
  const zone = Math.max(0, cluster.zones.indexOf(task.zone));
  return `10.${zone}.${(task.number >> 8) & 255}.${task.number & 255}`;
}

/** A UUID that is different for each number and the same in every run. */
export function countedUuid(count: number): string {
  return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`;
}
