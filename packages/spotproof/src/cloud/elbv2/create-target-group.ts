import type { Tags } from '../tags.ts';
import { CloudFault } from '../wire/fault.ts';
import { type ElbTag, toTags } from './elb-tags.ts';
import { changedHealthCheck, defaultHealthCheck, type HealthCheckInput } from './health-check.ts';
import type { TargetGroup } from './target-group.ts';
import type { TargetGroups } from './target-groups.ts';
import type { TaskTargets } from './task-targets.ts';

export interface CreateTargetGroupOptions {
  readonly groups: TargetGroups;
  readonly tasks: TaskTargets;
  readonly tags: Tags;
}

export interface CreateTargetGroupInput extends HealthCheckInput {
  readonly Name: string;
  readonly Protocol?: string;
  readonly ProtocolVersion?: string;
  readonly Port?: number;
  readonly VpcId?: string;
  readonly TargetType?: string;
  readonly Tags?: readonly ElbTag[];
}

/** The group, or the one of the same name and settings that is there already. @throws {CloudFault} */
export function createTargetGroup({ groups, tasks, tags }: CreateTargetGroupOptions, input: CreateTargetGroupInput): TargetGroup {
  const { Name, Protocol, ProtocolVersion, Port, VpcId, TargetType = 'instance', Tags: given = [] } = input;
  if (!/^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/.test(Name))
    throw new CloudFault('ValidationError', `Target group name '${Name}' can only contain characters that are alphanumeric characters or hyphens(-)`);
  const protocol = protocolOf(Protocol);
  if (Port === undefined) throw new CloudFault('ValidationError', 'A port must be specified');
  if (VpcId === undefined) throw new CloudFault('ValidationError', 'A VPC ID must be specified');
  const protocolVersion = protocolVersionOf(protocol, ProtocolVersion);
  const parts = { name: Name, protocol, protocolVersion, port: Port, vpcId: VpcId, targetType: TargetType } as const;
  const known = groups.all.find(({ name }) => name === Name);
  if (known !== undefined) {
    const isSame = known.protocol === protocol && known.port === Port && known.vpcId === VpcId && known.targetType === TargetType;
    if (isSame && known.protocolVersion === protocolVersion) return known;
    throw new CloudFault('DuplicateTargetGroupName', `A target group with the same name '${Name}' exists, but with different settings`);
  }
  const healthCheck = changedHealthCheck({ ...parts, healthCheck: defaultHealthCheck(parts, input.HealthCheckProtocol) }, input);
  const group = groups.create({ ...parts, healthCheck });
  try {
    tags.add(group.arn, toTags(given));
  } catch (error) {
    groups.delete(group.arn);
    throw error;
  }
  tasks.putTargetGroup(group);
  return group;
}

function protocolOf(protocol: string | undefined): TargetGroup['protocol'] {
  if (protocol === 'HTTP' || protocol === 'HTTPS' || protocol === 'TCP') return protocol;
  if (protocol === undefined) throw new CloudFault('ValidationError', 'A protocol must be specified');
  throw new CloudFault(
    'InvalidConfigurationRequest',
    `Target groups here are of protocol HTTP or HTTPS, for application load balancers, or TCP, for network load balancers, got ${protocol}.`,
  );
}

function protocolVersionOf(protocol: TargetGroup['protocol'], version: string | undefined): TargetGroup['protocolVersion'] {
  if (protocol === 'TCP') {
    if (version === undefined) return undefined;
    throw new CloudFault('ValidationError', `Protocol version '${version}' cannot be specified for a target group of protocol TCP`);
  }
  if (version === undefined) return 'HTTP1';
  if (version === 'HTTP1' || version === 'HTTP2' || version === 'GRPC') return version;
  throw new CloudFault('ValidationError', `Protocol version '${version}' must be one of 'GRPC, HTTP1, HTTP2'`);
}
