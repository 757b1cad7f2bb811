import type { CallGroup } from '../call.ts';

const NETWORK = { awsvpcConfiguration: { subnets: ['subnet-us-east-1a'] } };
const RUN = { cluster: 'web', taskDefinition: 'job', networkConfiguration: NETWORK };
const ON_SPOT = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];

export const TASKS: CallGroup = {
  title: 'Tasks',
  calls: [
    {
      call: 'ecs RunTask',
      input: { ...RUN, capacityProviderStrategy: ON_SPOT, startedBy: 'me' },
      expect: {
        answer: {
          tasks: [
            {
              taskArn: /:task\/web\/[0-9a-f]{32}$/,
              capacityProviderName: 'FARGATE_SPOT',
              launchType: 'FARGATE',
              desiredStatus: 'RUNNING',
              group: 'family:job',
              startedBy: 'me',
              availabilityZone: 'us-east-1a',
            },
          ],
          failures: [],
        },
      },
      save: { TASK: 'tasks[0].taskArn' },
      fact: 'API reference, Task: a task on Spot has the launch type FARGATE; the provider tells',
    },
    {
      call: 'ecs DescribeTasks',
      input: { cluster: 'web', tasks: ['$TASK'] },
      expect: {
        answer: { tasks: [{ lastStatus: 'RUNNING', connectivity: 'CONNECTED', containers: [{ name: 'app', lastStatus: 'RUNNING' }] }], failures: [] },
      },
      until: true,
      fact: 'Developer guide, task life cycle: PROVISIONING, PENDING, ACTIVATING, RUNNING',
    },
    {
      call: 'ecs ListTasks',
      input: { cluster: 'web', family: 'job' },
      expect: { answer: { taskArns: [/:task\/web\//] } },
      fact: 'API reference, ListTasks',
    },
    {
      call: 'ecs ListTasks',
      input: { cluster: 'web', startedBy: 'me' },
      expect: { answer: { taskArns: [/:task\/web\//] } },
      fact: 'API reference, ListTasks: startedBy',
    },
    {
      call: 'ecs ListTasks',
      input: { cluster: 'web', startedBy: 'me', family: 'job' },
      expect: { refused: 'InvalidParameterException', message: /startedBy/ },
      fact: 'API reference, ListTasks: startedBy must be the only filter',
    },
    {
      call: 'ecs ListTasks',
      input: { cluster: 'web', desiredStatus: 'PENDING' },
      expect: { answer: { taskArns: [] } },
      fact: 'API reference, ListTasks: PENDING is taken and finds nothing, for ECS never wants a task to be that',
    },
    {
      call: 'ecs ListTasks',
      input: { cluster: 'web', serviceName: 'nothing' },
      expect: { refused: 'ServiceNotFoundException', message: /Service not found/ },
      fact: 'API reference, ServiceNotFoundException',
    },
    {
      call: 'ecs DescribeTasks',
      input: { cluster: 'web', tasks: ['0123456789abcdef0123456789abcdef'] },
      expect: { answer: { tasks: [], failures: [{ reason: 'MISSING' }] } },
      fact: 'Developer guide, API failure reasons: MISSING',
    },
    {
      call: 'ecs DescribeTasks',
      input: { cluster: 'web', tasks: Array.from({ length: 101 }, (_, index) => `t${index}`) },
      expect: { refused: 'InvalidParameterException', message: /100/ },
      fact: 'API reference, DescribeTasks: up to 100 tasks',
    },
    {
      call: 'ecs DescribeTasks',
      input: { cluster: 'web', tasks: [] },
      expect: { refused: 'InvalidParameterException', message: /empty/ },
      fact: 'API reference, DescribeTasks: tasks must be named',
    },
    {
      call: 'ecs RunTask',
      input: { ...RUN, launchType: 'FARGATE', count: 11 },
      expect: { refused: 'InvalidParameterException', message: /10/ },
      fact: 'API reference, RunTask: up to 10 tasks for each call',
    },
    {
      call: 'ecs RunTask',
      input: { ...RUN, launchType: 'FARGATE', capacityProviderStrategy: ON_SPOT },
      expect: { refused: 'InvalidParameterException', message: /both a launch type and capacity provider strategy/ },
      fact: 'API reference, RunTask: a strategy or a launch type',
    },
    {
      call: 'ecs RunTask',
      input: { ...RUN, launchType: 'FARGATE', taskDefinition: 'old:1' },
      expect: { refused: 'ClientException', message: /inactive/ },
      fact: 'API reference, DeregisterTaskDefinition: an INACTIVE revision runs no task',
    },
    {
      call: 'ecs RunTask',
      input: { ...RUN, launchType: 'FARGATE', overrides: { containerOverrides: [{ name: 'nginx', command: ['true'] }] } },
      expect: { refused: 'InvalidParameterException', message: /nginx/ },
      fact: 'API reference, ContainerOverride: the name of a container of the task definition',
    },
    {
      call: 'ecs RunTask',
      input: { ...RUN, cluster: 'on-demand', capacityProviderStrategy: ON_SPOT },
      expect: { refused: 'InvalidParameterException', message: /not associated with the cluster/ },
      fact: 'API reference, CapacityProviderStrategyItem',
    },
    {
      call: 'ecs RunTask',
      input: { cluster: 'web', taskDefinition: 'web', launchType: 'FARGATE' },
      expect: { refused: 'InvalidParameterException', message: /Network Configuration must be provided/ },
      fact: 'API reference, RunTask: awsvpc needs a network configuration',
    },
    {
      call: 'ecs GetTaskProtection',
      input: { cluster: 'web', tasks: ['$TASK'] },
      expect: { answer: { protectedTasks: [], failures: [{ reason: 'TASK_NOT_VALID' }] } },
      fact: 'Developer guide, task scale-in protection: for tasks of services only',
    },
    {
      call: 'ecs UpdateTaskProtection',
      input: { cluster: 'web', tasks: ['$TASK'], protectionEnabled: true, expiresInMinutes: 2881 },
      expect: { refused: 'InvalidParameterException', message: /2880/ },
      fact: 'API reference, UpdateTaskProtection: 1 to 2880 minutes',
    },
    {
      call: 'ecs UpdateTaskProtection',
      input: { cluster: 'web', tasks: Array.from({ length: 11 }, (_, index) => `t${index}`), protectionEnabled: true },
      expect: { refused: 'InvalidParameterException', message: /10/ },
      fact: 'API reference, UpdateTaskProtection: up to 10 tasks',
    },
    {
      call: 'ecs UpdateTaskProtection',
      input: { cluster: 'web', tasks: ['0123456789abcdef0123456789abcdef'], protectionEnabled: true },
      expect: { answer: { protectedTasks: [], failures: [{ reason: 'MISSING' }] } },
      fact: 'Developer guide, API failure reasons',
    },
    {
      call: 'ecs StopTask',
      input: { cluster: 'web', task: '0123456789abcdef0123456789abcdef' },
      expect: { refused: 'InvalidParameterException', message: /referenced task was not found/ },
      fact: 'API reference, StopTask',
    },
    {
      call: 'ecs StopTask',
      input: { cluster: 'web', task: '$TASK', reason: 'Your Spot Task was interrupted.' },
      expect: { answer: { task: { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'Your Spot Task was interrupted.' } } },
      fact: 'API reference, StopTask: the reason is what DescribeTasks shows afterwards; the code is UserInitiated',
    },
    {
      call: 'sqs ReceiveMessage',
      input: { QueueUrl: '$QUEUE', WaitTimeSeconds: 2 },
      expect: { answer: { Messages: [{ Body: /"stoppedReason":"Your Spot Task was interrupted\."/ }] } },
      until: true,
      fact: 'So the rule for interruptions can be rehearsed: it matches the reason',
    },
    {
      call: 'ecs DescribeTasks',
      input: { cluster: 'web', tasks: ['$TASK'] },
      expect: { answer: { tasks: [{ lastStatus: 'STOPPED', containers: [{ lastStatus: 'STOPPED', exitCode: 0 }] }] } },
      until: true,
      fact: 'API reference, StopTask: SIGTERM, and SIGKILL (exit code 137) after the stop timeout; this program ends by itself',
    },
    {
      call: 'ecs ListTasks',
      input: { cluster: 'web', desiredStatus: 'STOPPED' },
      expect: { answer: { taskArns: [/:task\/web\//] } },
      fact: 'API reference, ListTasks: stopped tasks stay visible for a while',
    },
    {
      call: 'ecs ListTasks',
      input: { cluster: 'web' },
      expect: { answer: { taskArns: [] } },
      fact: 'API reference, ListTasks: RUNNING is what is listed by default',
    },
  ],
};
