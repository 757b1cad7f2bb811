import { ELBV2 } from '../models/elbv2.ts';
import type { Tags } from '../tags.ts';
import { CloudFault } from '../wire/fault.ts';
import type { CloudService } from '../wire/service.ts';
import { type Attribute, listAttributes, setAttributes } from './attributes.ts';
import { createTargetGroup, type CreateTargetGroupInput } from './create-target-group.ts';
import { type ElbTag, fromTags, toTags } from './elb-tags.ts';
import { type CreateListenerInput, Listeners } from './listeners.ts';
import type { CreateLoadBalancerInput, LoadBalancers } from './load-balancers.ts';
import { changedHealthCheck, type HealthCheckInput } from './health-check.ts';
import { type TargetGroup, targetGroupAttributes } from './target-group.ts';
import type { TargetGroups } from './target-groups.ts';
import { type TargetInput, Targets } from './targets.ts';
import type { TaskTargets } from './task-targets.ts';

export interface ElbV2Options {
  readonly balancers: LoadBalancers;
  readonly groups: TargetGroups;
  readonly tasks: TaskTargets;
  readonly tags: Tags;
}

/** Elastic Load Balancing, version 2, as far as Application and Network Load Balancers with one target group a listener need it. */
export function elbV2Service(options: ElbV2Options): CloudService {
  const { balancers, groups, tasks, tags } = options;
  const listeners = new Listeners({ balancers, groups, tags });
  const targets = new Targets(groups, tasks);
  const show = (group: TargetGroup): object => describeGroup(group, listeners);
  /** What has tags. @throws {CloudFault} for what is not there. */
  const checkResource = (arn: string): void => {
    if (arn.includes(':targetgroup/')) groups.get(arn);
    else if (arn.includes(':listener/')) listeners.attributes(arn);
    else if (arn.includes(':loadbalancer/')) balancers.get(arn);
    else throw new CloudFault('ValidationError', `'${arn}' is not a valid load balancer, target group or listener ARN`);
  };

  return {
    name: 'Elastic Load Balancing',
    model: ELBV2,
    protocol: { kind: 'query', namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/', signingName: 'elasticloadbalancing' },
    invalidInputCode: 'ValidationError',
    operations: {
      CreateLoadBalancer: (input: CreateLoadBalancerInput) => balancers.create(input),
      DescribeLoadBalancers: (input: { readonly LoadBalancerArns?: readonly string[]; readonly Names?: readonly string[] }) =>
        balancers.describe(input),
      DeleteLoadBalancer: async ({ LoadBalancerArn }: OfLoadBalancer) => {
        const balancer = balancers.delete(LoadBalancerArn);
        if (balancer !== undefined) await listeners.deleteAllOf(balancer);
        return {};
      },
      ModifyLoadBalancerAttributes: async ({ LoadBalancerArn, Attributes }: OfLoadBalancer & WithAttributes) => {
        const ofConnections = (): string => ABOUT_CONNECTIONS.map((key) => balancers.get(LoadBalancerArn).attributes.get(key)).join();
        const before = ofConnections();
        const answer = balancers.modifyAttributes(LoadBalancerArn, Attributes);
        if (ofConnections() !== before) await listeners.restart(({ arn }) => arn === LoadBalancerArn);
        return answer;
      },
      DescribeLoadBalancerAttributes: ({ LoadBalancerArn }: OfLoadBalancer) => balancers.attributes(LoadBalancerArn),

      CreateTargetGroup: (input: CreateTargetGroupInput) => ({ TargetGroups: [show(createTargetGroup(options, input))] }),
      DescribeTargetGroups: (input: DescribeTargetGroupsInput) => ({ TargetGroups: selectGroups(groups, listeners, input).map(show) }),
      ModifyTargetGroup: async ({ TargetGroupArn, ...input }: OfTargetGroup & HealthCheckInput) => {
        const group = groups.get(TargetGroupArn);
        const before = JSON.stringify(group.healthCheck);
        Object.assign(group.healthCheck, changedHealthCheck(group, input));
        if (JSON.stringify(group.healthCheck) !== before) await listeners.restart((_, { targetGroupArn }) => targetGroupArn === TargetGroupArn);
        return { TargetGroups: [show(group)] };
      },
      DeleteTargetGroup: ({ TargetGroupArn }: OfTargetGroup) => {
        if ((groups.find(TargetGroupArn)?.listeners.size ?? 0) > 0)
          throw new CloudFault('ResourceInUse', `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`);
        groups.delete(TargetGroupArn);
        tags.forget(TargetGroupArn);
        return {};
      },
      ModifyTargetGroupAttributes: async ({ TargetGroupArn, Attributes }: OfTargetGroup & WithAttributes) => {
        const group = groups.get(TargetGroupArn);
        const before = [...group.attributes].join();
        setAttributes(group.attributes, Attributes, targetGroupAttributes(group), 'Target group');
        tasks.putTargetGroup(group);
        if ([...group.attributes].join() !== before) await listeners.restart((_, { targetGroupArn }) => targetGroupArn === TargetGroupArn);
        return { Attributes: listAttributes(group.attributes) };
      },
      DescribeTargetGroupAttributes: ({ TargetGroupArn }: OfTargetGroup) => ({ Attributes: listAttributes(groups.get(TargetGroupArn).attributes) }),

      RegisterTargets: ({ TargetGroupArn, Targets: given }: OfTargetGroup & WithTargets) => targets.register(TargetGroupArn, given),
      DeregisterTargets: ({ TargetGroupArn, Targets: given }: OfTargetGroup & WithTargets) => targets.deregister(TargetGroupArn, given),
      DescribeTargetHealth: ({ TargetGroupArn, Targets: given }: OfTargetGroup & Partial<WithTargets>) => targets.health(TargetGroupArn, given),

      CreateListener: (input: CreateListenerInput) => listeners.create(input),
      DescribeListeners: (input: { readonly LoadBalancerArn?: string; readonly ListenerArns?: readonly string[] }) => listeners.describe(input),
      DeleteListener: ({ ListenerArn }: OfListener) => listeners.delete(ListenerArn),
      DescribeListenerAttributes: ({ ListenerArn }: OfListener) => listeners.attributes(ListenerArn),
      ModifyListenerAttributes: ({ ListenerArn, Attributes }: OfListener & WithAttributes) => listeners.modifyAttributes(ListenerArn, Attributes),

      AddTags: ({ ResourceArns, Tags: given }: { readonly ResourceArns: readonly string[]; readonly Tags: readonly ElbTag[] }) => {
        for (const arn of ResourceArns) checkResource(arn);
        for (const arn of ResourceArns) tags.add(arn, toTags(given));
        return {};
      },
      RemoveTags: ({ ResourceArns, TagKeys }: { readonly ResourceArns: readonly string[]; readonly TagKeys: readonly string[] }) => {
        for (const arn of ResourceArns) checkResource(arn);
        for (const arn of ResourceArns) tags.remove(arn, TagKeys);
        return {};
      },
      DescribeTags: ({ ResourceArns }: { readonly ResourceArns: readonly string[] }) => {
        for (const arn of ResourceArns) checkResource(arn);
        return { TagDescriptions: ResourceArns.map((arn) => ({ ResourceArn: arn, Tags: fromTags(tags.of(arn)) })) };
      },
    },
  };
}

interface OfLoadBalancer {
  readonly LoadBalancerArn: string;
}

interface OfListener {
  readonly ListenerArn: string;
}

interface OfTargetGroup {
  readonly TargetGroupArn: string;
}

interface WithAttributes {
  readonly Attributes: readonly Attribute[];
}

interface WithTargets {
  readonly Targets: readonly TargetInput[];
}

interface DescribeTargetGroupsInput {
  readonly LoadBalancerArn?: string;
  readonly TargetGroupArns?: readonly string[];
  readonly Names?: readonly string[];
}

function selectGroups(groups: TargetGroups, listeners: Listeners, input: DescribeTargetGroupsInput): readonly TargetGroup[] {
  const { LoadBalancerArn, TargetGroupArns, Names } = input;
  if (TargetGroupArns !== undefined) return TargetGroupArns.map((arn) => groups.get(arn));
  if (LoadBalancerArn !== undefined) return groups.all.filter((group) => listeners.loadBalancersOf(group).some(({ arn }) => arn === LoadBalancerArn));
  if (Names === undefined) return groups.all;
  return Names.map((wanted) => {
    const found = groups.all.find(({ name }) => name === wanted);
    if (found === undefined) throw new CloudFault('TargetGroupNotFound', 'One or more target groups not found');
    return found;
  });
}

function describeGroup(group: TargetGroup, listeners: Listeners): object {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    ProtocolVersion: group.protocolVersion,
    Port: group.port,
    VpcId: group.vpcId,
    TargetType: group.targetType,
    IpAddressType: 'ipv4',
    HealthCheckEnabled: true,
    ...group.healthCheck,
    LoadBalancerArns: listeners.loadBalancersOf(group).map(({ arn }) => arn),
  };
}

/** What a balancer is told when it starts; a Network Load Balancer has nothing of the kind. */
const ABOUT_CONNECTIONS = ['idle_timeout.timeout_seconds', 'client_keep_alive.seconds'];
