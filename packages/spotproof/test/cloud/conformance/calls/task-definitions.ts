import type { Call, CallGroup } from '../call.ts';

const APP = { name: 'app', image: 'local', command: ['sleep', '120'], portMappings: [{ containerPort: 8080 }] };
const TASK = { requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc', cpu: '256', memory: '512' };

/** It counts as running once it hears SIGTERM: what has no port does so before. */
const JOB = 'process.on("SIGTERM",()=>process.exit(0));require("http").createServer().listen(process.env.PORT)';

export const TASK_DEFINITIONS: CallGroup = {
  title: 'Task definitions',
  calls: [
    {
      call: 'ecs RegisterTaskDefinition',
      input: {
        family: 'web',
        ...TASK,
        containerDefinitions: [{ ...APP, stopTimeout: 120, linuxParameters: { initProcessEnabled: true } }],
      },
      expect: {
        answer: {
          taskDefinition: {
            family: 'web',
            revision: 1,
            status: 'ACTIVE',
            containerDefinitions: [
              {
                name: 'app',
                essential: true,
                stopTimeout: 120,
                linuxParameters: { initProcessEnabled: true },
                portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: 'tcp' }],
              },
            ],
          },
        },
      },
      fact: 'API reference, PortMapping: with awsvpc the host port is the container port, the protocol tcp',
    },
    {
      call: 'ecs RegisterTaskDefinition',
      input: { family: 'web', ...TASK, cpu: '.25 vCPU', memory: '1 GB', containerDefinitions: [{ ...APP, stopTimeout: 2 }] },
      expect: { answer: { taskDefinition: { revision: 2, cpu: '256', memory: '1024', taskDefinitionArn: /:task-definition\/web:2$/ } } },
      fact: 'API reference, RegisterTaskDefinition: vCPUs and GB are turned into units and MiB; each call is a new revision',
    },
    {
      call: 'ecs RegisterTaskDefinition',
      input: { family: 'old', ...TASK, containerDefinitions: [APP] },
      expect: { answer: { taskDefinition: { revision: 1, containerDefinitions: [{ stopTimeout: null }] } } },
      fact: 'API reference, ContainerDefinition: stopTimeout unset is not shown, and means 30 s',
    },
    {
      call: 'ecs RegisterTaskDefinition',
      input: {
        family: 'job',
        ...TASK,
        containerDefinitions: [{ name: 'app', image: 'local', command: ['node', '-e', JOB], portMappings: [{ containerPort: 8080 }] }],
      },
      expect: { answer: { taskDefinition: { family: 'job', revision: 1, cpu: '256', memory: '512' } } },
      fact: 'API reference, RegisterTaskDefinition',
    },
    refused(
      { containerDefinitions: [{ ...APP, stopTimeout: 121 }] },
      /stopTimeout.*2 to 120/,
      'API reference, ContainerDefinition: stopTimeout is 120 s at most on Fargate',
    ),
    refused(
      { containerDefinitions: [{ ...APP, stopTimeout: 1 }] },
      /stopTimeout.*2 to 120/,
      'Developer guide, Fargate capacity providers: stopTimeout from 2 to 120 s',
    ),
    refused({ containerDefinitions: [{ name: 'app', command: ['true'] }] }, /image/, 'API reference, ContainerDefinition: an image is needed'),
    refused({ containerDefinitions: [{ image: 'local', command: ['true'] }] }, /name/, 'API reference, ContainerDefinition: a name is needed'),
    refused(
      { containerDefinitions: [{ ...APP, name: 'my app' }] },
      /my app/,
      'API reference, ContainerDefinition: letters, numbers, underscores and hyphens',
    ),
    refused({ containerDefinitions: [APP, APP] }, /unique/, 'API reference, ContainerDefinition: containers are told apart by name'),
    refused(
      { containerDefinitions: [{ ...APP, essential: false }] },
      /essential/,
      'API reference, ContainerDefinition: all tasks must have at least one essential container',
    ),
    refused(
      { containerDefinitions: [{ ...APP, portMappings: [{ containerPort: 80, hostPort: 8080 }] }] },
      /must match/,
      'API reference, PortMapping: with awsvpc, the host port can be left blank or must be the same',
    ),
    refused({ containerDefinitions: [{ ...APP, portMappings: [{ containerPort: 70_000 }] }] }, /65535/, 'API reference, PortMapping: a port'),
    refused(
      { containerDefinitions: [APP], memory: '4096' },
      /256 CPU, 4096 memory/,
      'API reference, RegisterTaskDefinition: 256 CPU units go with 512, 1024 or 2048 MiB',
    ),
    refused({ containerDefinitions: [APP], cpu: '300' }, /300 CPU/, 'API reference, RegisterTaskDefinition: the CPU values of Fargate'),
    refused(
      { containerDefinitions: [APP], networkMode: 'bridge' },
      /awsvpc/,
      'API reference, RegisterTaskDefinition: on Fargate the network mode awsvpc is required',
    ),
    {
      call: 'ecs RegisterTaskDefinition',
      input: { family: 'bad', requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc', containerDefinitions: [APP] },
      expect: { refused: 'ClientException', message: /at the task level/ },
      fact: 'API reference, RegisterTaskDefinition: on Fargate cpu and memory are required',
    },
    refused(
      { family: 'two words', containerDefinitions: [APP] },
      /[Ff]amily/,
      'API reference, RegisterTaskDefinition: up to 255 letters, numbers, underscores and hyphens',
    ),
    {
      call: 'ecs RegisterTaskDefinition',
      input: { family: 'bad', ...TASK },
      expect: { refused: 'InvalidParameterException', message: /containerDefinitions.*must not be null/i },
      fact: 'Service model, RegisterTaskDefinitionRequest: containerDefinitions is required',
      refusedByCli: true,
    },
    {
      call: 'ecs RegisterTaskDefinition',
      input: { family: 'bad', ...TASK, containerDefinitions: [{ name: 'app', image: 'nginx' }] },
      expect: { refused: 'ClientException', message: /no command.*Images are not run here/ },
      fact: 'An image brings its own command',
      differs: 'AWS runs the image; here a container is a command of this machine.',
    },
    {
      call: 'ecs DescribeTaskDefinition',
      input: { taskDefinition: 'web' },
      expect: { answer: { taskDefinition: { revision: 2 } } },
      fact: 'API reference, DescribeTaskDefinition: a family stands for its latest active revision',
    },
    {
      call: 'ecs DescribeTaskDefinition',
      input: { taskDefinition: 'web:1' },
      expect: { answer: { taskDefinition: { revision: 1 } } },
      fact: 'API reference, DescribeTaskDefinition: family:revision',
    },
    {
      call: 'ecs DescribeTaskDefinition',
      input: { taskDefinition: 'nothing' },
      expect: { refused: 'ClientException', message: /Unable to describe task definition/ },
      fact: 'API reference, ClientException',
    },
    {
      call: 'ecs ListTaskDefinitions',
      input: { familyPrefix: 'web', sort: 'DESC' },
      expect: { answer: { taskDefinitionArns: [/web:2$/, /web:1$/] } },
      fact: 'API reference, ListTaskDefinitions: DESC begins with the newest',
    },
    {
      call: 'ecs DeregisterTaskDefinition',
      input: { taskDefinition: 'old' },
      expect: { refused: 'InvalidParameterException', message: /revision/ },
      fact: 'API reference, DeregisterTaskDefinition: a revision must be named',
    },
    {
      call: 'ecs DeregisterTaskDefinition',
      input: { taskDefinition: 'old:1' },
      expect: { answer: { taskDefinition: { status: 'INACTIVE' } } },
      fact: 'API reference, DeregisterTaskDefinition: it is marked INACTIVE',
    },
    {
      call: 'ecs ListTaskDefinitions',
      input: { status: 'INACTIVE' },
      expect: { answer: { taskDefinitionArns: [/old:1$/] } },
      fact: 'API reference, ListTaskDefinitions: ACTIVE unless status says otherwise',
    },
    {
      call: 'ecs RegisterTaskDefinition',
      input: { family: 'bad', ...TASK, containerDefinitions: [APP], volumes: [{ name: 'shared', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }] },
      expect: { refused: 'ClientException', message: /Volume shared .* not served here/ },
      fact: 'API reference, Volume: a file system that outlives the task',
      differs: 'AWS mounts it; here containers see the files of this machine.',
    },
    {
      call: 'ecs RegisterTaskDefinition',
      input: {
        family: 'bad',
        ...TASK,
        containerDefinitions: [{ ...APP, secrets: [{ name: 'PASSWORD', valueFrom: 'arn:aws:ssm:us-east-1:111122223333:parameter/p' }] }],
      },
      expect: { refused: 'ClientException', message: /secrets .* not served here/ },
      fact: 'API reference, Secret',
      differs: 'AWS reads it when the task starts; here the value goes into the environment.',
    },
    {
      call: 'ecs ListTaskDefinitionFamilies',
      input: { status: 'ACTIVE', familyPrefix: 'o' },
      expect: { answer: { families: [] } },
      fact: 'API reference, ListTaskDefinitionFamilies: with a revision that is ACTIVE',
    },
    {
      call: 'ecs ListTaskDefinitionFamilies',
      input: { familyPrefix: 'o' },
      expect: { answer: { families: ['old'] } },
      fact: 'API reference, ListTaskDefinitionFamilies: all, unless status says otherwise',
    },
    {
      call: 'ecs DescribeTaskDefinition',
      input: { taskDefinition: 'old:1' },
      expect: { answer: { taskDefinition: { status: 'INACTIVE' } } },
      fact: 'API reference, DescribeTaskDefinition: INACTIVE ones by family and revision',
    },
  ],
};

function refused(input: object, message: RegExp, fact: string): Call {
  return { call: 'ecs RegisterTaskDefinition', input: { family: 'bad', ...TASK, ...input }, expect: { refused: 'ClientException', message }, fact };
}
