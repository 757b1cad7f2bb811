/** A container of a task definition, as far as it decides anything here. The rest is kept and shown. */
export interface ContainerDefinition {
  readonly name?: string;
  readonly image?: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly essential?: boolean;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: readonly KeyValue[];
  readonly portMappings?: readonly PortMapping[];
  /** Seconds. */
  readonly stopTimeout?: number;
  readonly workingDirectory?: string;
  readonly mountPoints?: readonly object[];
  readonly volumesFrom?: readonly object[];
  readonly secrets?: readonly object[];
  readonly environmentFiles?: readonly object[];
  readonly logConfiguration?: { readonly logDriver?: string; readonly options?: Readonly<Record<string, string>> };
}

export interface KeyValue {
  readonly name?: string;
  readonly value?: string;
}

interface PortMapping {
  readonly containerPort?: number;
  readonly hostPort?: number;
  readonly protocol?: string;
}

/** What RunTask changes of a container. */
export interface ContainerOverride {
  readonly name?: string;
  readonly command?: readonly string[];
  readonly environment?: readonly KeyValue[];
}

export function portsOf({ portMappings = [] }: ContainerDefinition): readonly number[] {
  return portMappings.flatMap(({ containerPort }) => (containerPort === undefined ? [] : [containerPort]));
}

export function isEssential({ essential }: ContainerDefinition): boolean {
  return essential ?? true;
}

export function stopTimeoutMs({ stopTimeout = DEFAULT_STOP_TIMEOUT_S }: ContainerDefinition): number {
  return stopTimeout * 1000;
}

/** API type ContainerDefinition, stopTimeout. */
const DEFAULT_STOP_TIMEOUT_S = 30;
