import { describeTask, listTasks } from '@spotproof/world';
import { CloudFault } from '../wire/fault.ts';
import type { Operation } from '../wire/service.ts';
import type { Cluster } from './cluster.ts';
import { shortName, type Resources } from './resources.ts';
import { taskArn, taskIdOf } from './task-operations.ts';

/** Scale-in protection. It keeps no Spot interruption away. */
export function protectionOperations({ clusters }: Resources): Readonly<Record<string, Operation>> {
  return {
    GetTaskProtection: (input: { readonly cluster: string; readonly tasks?: readonly string[] }) => {
      const cluster = clusters.get(input.cluster);
      const named = input.tasks ?? listTasks(cluster.world.state);
      return answer(named.map((task) => protectionOf(cluster, task)));
    },
    UpdateTaskProtection: (input: UpdateProtectionInput) => {
      const cluster = clusters.get(input.cluster);
      if (input.tasks.length > MOST_AT_ONCE)
        throw new CloudFault('InvalidParameterException', `Tasks cannot have more than ${MOST_AT_ONCE} elements.`);
      if (input.expiresInMinutes !== undefined && (input.expiresInMinutes < 1 || input.expiresInMinutes > 2880))
        throw new CloudFault('InvalidParameterException', 'expiresInMinutes must be from 1 to 2880.');
      return answer(input.tasks.map((task) => protect(cluster, task, input)));
    },
  };
}

export interface ProtectionChange {
  readonly protectionEnabled: boolean;
  readonly expiresInMinutes?: number;
}

interface UpdateProtectionInput extends ProtectionChange {
  readonly cluster: string;
  readonly tasks: readonly string[];
}

export type Protection =
  | { readonly taskArn: string; readonly protectionEnabled: boolean; readonly expirationDate: Date | undefined }
  | { readonly failed: { readonly arn: string; readonly reason: string; readonly detail?: string } };

export function protect(cluster: Cluster, named: string, { protectionEnabled, expiresInMinutes }: ProtectionChange): Protection {
  const taskId = taskIdOf(cluster, named);
  if (taskId === undefined) return missing(cluster, named);
  const effects = cluster.world.give({
    type: 'protect-tasks',
    taskIds: [taskId],
    enabled: protectionEnabled,
    ...(expiresInMinutes === undefined ? {} : { expiresInMinutes }),
  });
  const refusal = effects.find((effect) => effect.type === 'rejected');
  if (refusal !== undefined) return { failed: { arn: taskArn(cluster, taskId), reason: refusal.code, detail: refusal.message } };
  return protectionOf(cluster, taskId);
}

export function protectionOf(cluster: Cluster, named: string): Protection {
  const taskId = taskIdOf(cluster, named);
  const task = taskId === undefined ? undefined : describeTask(cluster.world.state, taskId);
  if (task === undefined) return missing(cluster, named);
  if (task.group.startsWith('family:')) return { failed: { arn: task.taskArn, reason: 'TASK_NOT_VALID' } };
  const { protectedUntil } = task;
  return {
    taskArn: task.taskArn,
    protectionEnabled: protectedUntil !== undefined,
    expirationDate: protectedUntil === undefined ? undefined : new Date(protectedUntil),
  };
}

function missing(cluster: Cluster, named: string): Protection {
  return { failed: { arn: taskArn(cluster, shortName(named)), reason: 'MISSING' } };
}

function answer(protections: readonly Protection[]): object {
  return {
    protectedTasks: protections.filter((protection) => !('failed' in protection)),
    failures: protections.flatMap((protection) => ('failed' in protection ? [protection.failed] : [])),
  };
}

/** ECS API reference, UpdateTaskProtection: up to 10 tasks. */
const MOST_AT_ONCE = 10;
