import {
  type Deployment,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  type Service,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type { Cloud, ServiceReading, TaskReading } from '../cloud.ts';
import { call } from './call.ts';

export function ecsCloud(ecs: ECSClient): Pick<Cloud, 'describeServices' | 'listTasks' | 'setDesiredCount'> {
  return {
    async describeServices(cluster, services) {
      const answer = await call('ecs:DescribeServices', () =>
        ecs.send(new DescribeServicesCommand({ cluster, services: [...new Set(services)], include: ['TAGS'] })),
      );
      return (answer.services ?? []).map(readService);
    },
    async listTasks(cluster, serviceName, desiredStatus) {
      const arns: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await call('ecs:ListTasks', () =>
          ecs.send(new ListTasksCommand({ cluster, serviceName, desiredStatus, ...(nextToken === undefined ? {} : { nextToken }) })),
        );
        arns.push(...(page.taskArns ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined && nextToken !== '');
      const tasks: TaskReading[] = [];
      for (let start = 0; start < arns.length; start += TASKS_PER_CALL) {
        const answer = await call('ecs:DescribeTasks', () =>
          ecs.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(start, start + TASKS_PER_CALL) })),
        );
        tasks.push(...(answer.tasks ?? []).map(readTask));
      }
      return tasks;
    },
    async setDesiredCount(cluster, service, desiredCount, abortSignal) {
      await call('ecs:UpdateService', () => ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount }), { abortSignal }));
    },
  };
}

export function readService(service: Service): ServiceReading {
  const deployments = service.deployments ?? [];
  return {
    name: service.serviceName ?? '',
    arn: service.serviceArn ?? '',
    status: service.status ?? '',
    desiredCount: service.desiredCount ?? 0,
    runningCount: service.runningCount ?? 0,
    pendingCount: service.pendingCount ?? 0,
    isRollingOut: isRollingOut(deployments),
    strategy: (service.capacityProviderStrategy ?? []).map(({ capacityProvider = '', weight = 0, base = 0 }) => ({ capacityProvider, weight, base })),
    targetGroups: (service.loadBalancers ?? []).flatMap(({ targetGroupArn, containerPort }) =>
      targetGroupArn === undefined || containerPort === undefined ? [] : [{ arn: targetGroupArn, containerPort }],
    ),
    tags: Object.fromEntries((service.tags ?? []).map(({ key = '', value = '' }) => [key, value])),
    messages: (service.events ?? []).map(({ createdAt, message = '' }) => ({ at: createdAt?.getTime() ?? 0, text: message })),
  };
}

/** One that failed without a rollback stands beside the earlier one until the next deployment, and nothing moves (ECS developer guide, deployment circuit breaker). */
function isRollingOut(deployments: readonly Deployment[]): boolean {
  const states = deployments.map(({ rolloutState }) => rolloutState);
  return states.includes('IN_PROGRESS') || (states.length > 1 && !states.includes('FAILED'));
}

export function readTask(task: Task): TaskReading {
  return {
    arn: task.taskArn ?? '',
    lastStatus: task.lastStatus ?? '',
    desiredStatus: task.desiredStatus,
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    capacityProviderName: task.capacityProviderName,
    createdAt: task.createdAt?.getTime() ?? 0,
    startedAt: task.startedAt?.getTime(),
    stoppingAt: task.stoppingAt?.getTime(),
    privateIpv4Address: task.attachments?.flatMap(({ details }) => details ?? []).find(({ name }) => name === 'privateIPv4Address')?.value,
    ipv6Address: task.containers?.flatMap(({ networkInterfaces }) => networkInterfaces ?? []).find(({ ipv6Address }) => ipv6Address !== undefined)
      ?.ipv6Address,
    healthStatus: task.healthStatus ?? 'UNKNOWN',
  };
}

/** ECS API reference, DescribeTasks: up to 100 tasks. */
const TASKS_PER_CALL = 100;
