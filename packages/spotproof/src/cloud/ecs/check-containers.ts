import { type ContainerDefinition, isEssential } from '../tasks/container-definition.ts';
import { CloudFault } from '../wire/fault.ts';

export type NamedContainer = ContainerDefinition & { readonly name: string };

/** What AWS makes of container definitions, and what cannot be done here. @throws {CloudFault} for the first that cannot be. */
export function checkedContainers(containers: readonly ContainerDefinition[]): readonly NamedContainer[] {
  const checked = containers.map(checkedContainer);
  if (new Set(checked.map(({ name }) => name)).size < checked.length) throw refused('Container names must be unique within a task definition.');
  if (!checked.some(isEssential)) throw refused('A task definition must have at least one essential container.');
  return checked;
}

function checkedContainer(container: ContainerDefinition): NamedContainer {
  const { name, image, entryPoint = [], command = [], portMappings = [], stopTimeout, secrets = [], environmentFiles = [] } = container;
  if (name === undefined || name === '') throw refused('Container.name should not be null or empty.');
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(name)) throw refused(`Container name '${name}' may hold letters, numbers, hyphens and underscores only.`);
  if (image === undefined || image === '') throw refused('Container.image should not be null or empty.');
  for (const { containerPort, hostPort } of portMappings) {
    if (containerPort === undefined || containerPort < 1 || containerPort > 65_535) throw refused('Container port must be from 1 to 65535.');
    if (hostPort !== undefined && hostPort !== 0 && hostPort !== containerPort)
      throw refused('When networkMode=awsvpc, the host ports and container ports in port mappings must match.');
  }
  if (stopTimeout !== undefined && (stopTimeout < 2 || stopTimeout > 120))
    throw refused(`The stopTimeout of container ${name} must be from 2 to 120 seconds on Fargate, got ${stopTimeout}.`);
  if (entryPoint.length + command.length === 0)
    throw refused(`Container ${name} has no command. Images are not run here: give a command of this machine, such as ["node", "server.js"].`);
  if (secrets.length + environmentFiles.length > 0)
    throw refused(`Container ${name} has secrets or environment files, which are not served here. Put the values into its environment.`);
  return {
    cpu: 0,
    environment: [],
    mountPoints: [],
    volumesFrom: [],
    ...container,
    name,
    essential: isEssential(container),
    portMappings: portMappings.map((mapping) => ({
      protocol: 'tcp',
      ...mapping,
      ...(mapping.containerPort === undefined ? {} : { hostPort: mapping.containerPort }),
    })),
  };
}

function refused(message: string): CloudFault {
  return new CloudFault('ClientException', message);
}
