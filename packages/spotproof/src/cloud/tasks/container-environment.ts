import { environmentWithoutAws } from '../../lab/tasks/inherited-env.ts';
import { type ContainerDefinition, type ContainerOverride, portsOf } from './container-definition.ts';

export interface ContainerSetting {
  readonly definition: ContainerDefinition;
  readonly override: ContainerOverride | undefined;
  /** The local port of each container port of the task. */
  readonly ports: ReadonlyMap<number, number>;
  /** Where this cloud answers, such as `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  readonly region: string;
  /** Tells the container at the endpoints that exist for tasks only. */
  readonly token: string;
}

/**
 * What the container's process finds in its environment: what this program has itself without its AWS settings, what Fargate adds, what the task
 * definition says, and last the ports, for on one machine no two tasks can have the same.
 */
export function containerEnvironment(setting: ContainerSetting): Readonly<Record<string, string>> {
  const { definition, override, ports } = setting;
  const own = portsOf(definition);
  const [first] = own;
  return {
    ...environmentWithoutAws(),
    ...platformEnvironment(setting),
    ...keyValues(definition.environment),
    ...keyValues(override?.environment),
    ...Object.fromEntries(own.map((port) => [`PORT_${port}`, String(ports.get(port) ?? port)])),
    ...(first === undefined ? {} : { PORT: String(ports.get(first) ?? first) }),
  };
}

/** The command, with `{port}` and `{port:8080}` replaced by what the environment says, too. */
export function containerCommand({ definition, override, ports }: ContainerSetting): readonly string[] {
  const [first] = portsOf(definition);
  const command = [...(definition.entryPoint ?? []), ...(override?.command ?? definition.command ?? [])];
  return command.map((word) =>
    word.replaceAll(/\{port(?::(\d+))?\}/g, (whole, named: string | undefined) => {
      const port = named === undefined ? first : Number(named);
      return port === undefined ? whole : String(ports.get(port) ?? port);
    }),
  );
}

/** "Amazon ECS task metadata endpoint version 4 for Fargate", "Task scale-in protection endpoint", and what AWS's SDKs look for. */
function platformEnvironment({ endpoint, region, token }: ContainerSetting): Readonly<Record<string, string>> {
  return {
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpoint,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/credentials/${token}`,
    // The files of whoever runs this are not in a container.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    ECS_CONTAINER_METADATA_URI_V4: `${endpoint}/v4/${token}`,
    ECS_AGENT_URI: `${endpoint}/api/${token}`,
  };
}

function keyValues(pairs: ContainerDefinition['environment'] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs.flatMap(({ name, value = '' }) => (name === undefined ? [] : [[name, value]])));
}
