import {
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { DescribeTargetGroupAttributesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { call } from '../aws/call.ts';
import type { AwsClients } from '../aws/cloud.ts';
import { ecsCloud, readTask } from '../aws/ecs.ts';
import { targetGroupCloud } from '../aws/target-groups.ts';
import type { DrillCloud, DrillTask } from './drill-cloud.ts';

/** The cloud of a drill over the AWS SDK's clients: region, credentials, endpoint and retries are the caller's. */
export function awsDrillCloud({ ecs, elb }: Pick<AwsClients, 'ecs' | 'elb'>): DrillCloud {
  return {
    describeServices: ecsCloud(ecs).describeServices,
    describeTargets: targetGroupCloud(elb).describeTargets,
    async describeDeregistrationDelay(targetGroupArn) {
      const answer = await call('elasticloadbalancing:DescribeTargetGroupAttributes', () =>
        elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: targetGroupArn })),
      );
      const delay = answer.Attributes?.find(({ Key }) => Key === 'deregistration_delay.timeout_seconds')?.Value;
      return delay === undefined ? DEFAULT_DEREGISTRATION_DELAY_SECONDS : Number(delay);
    },
    ...tasksOfDrill(ecs),
  };
}

function tasksOfDrill(ecs: ECSClient): Omit<DrillCloud, 'describeServices' | 'describeTargets' | 'describeDeregistrationDelay'> {
  return {
    async describeCluster(cluster) {
      const answer = await call('ecs:DescribeClusters', () => ecs.send(new DescribeClustersCommand({ clusters: [cluster], include: ['TAGS'] })));
      const found = answer.clusters?.[0];
      if (found === undefined) return undefined;
      return { name: found.clusterName ?? cluster, tags: Object.fromEntries((found.tags ?? []).map(({ key = '', value = '' }) => [key, value])) };
    },
    async listTaskArns(cluster, serviceName) {
      const arns: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await call('ecs:ListTasks', () =>
          ecs.send(new ListTasksCommand({ cluster, serviceName, desiredStatus: 'RUNNING', ...(nextToken === undefined ? {} : { nextToken }) })),
        );
        arns.push(...(page.taskArns ?? []));
        nextToken = page.nextToken;
      } while (nextToken !== undefined && nextToken !== '');
      return arns;
    },
    async describeTasks(cluster, arns) {
      const tasks: DrillTask[] = [];
      for (let start = 0; start < arns.length; start += TASKS_PER_CALL) {
        const answer = await call('ecs:DescribeTasks', () =>
          ecs.send(new DescribeTasksCommand({ cluster, tasks: arns.slice(start, start + TASKS_PER_CALL) })),
        );
        tasks.push(...(answer.tasks ?? []).map(readDrillTask));
      }
      return tasks;
    },
    async describeStopTimeouts(taskDefinition) {
      const answer = await call('ecs:DescribeTaskDefinition', () => ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition })));
      return (answer.taskDefinition?.containerDefinitions ?? []).map(({ name = '', stopTimeout = DEFAULT_STOP_TIMEOUT_SECONDS }) => ({
        container: name,
        seconds: stopTimeout,
      }));
    },
    async stopTask(cluster, task, reason) {
      await call('ecs:StopTask', () => ecs.send(new StopTaskCommand({ cluster, task, reason })));
    },
  };
}

function readDrillTask(task: Task): DrillTask {
  return {
    ...readTask(task),
    taskDefinitionArn: task.taskDefinitionArn ?? '',
    executionStoppedAt: task.executionStoppedAt?.getTime(),
    stoppedAt: task.stoppedAt?.getTime(),
    containers: (task.containers ?? []).map(({ name = '', exitCode, reason }) => ({ name, exitCode, reason })),
  };
}

/** ECS API reference, DescribeTasks: up to 100 tasks. */
const TASKS_PER_CALL = 100;
/** ECS API reference, ContainerDefinition, stopTimeout. */
const DEFAULT_STOP_TIMEOUT_SECONDS = 30;
/** ELBv2 API reference, TargetGroupAttribute. */
const DEFAULT_DEREGISTRATION_DELAY_SECONDS = 300;
