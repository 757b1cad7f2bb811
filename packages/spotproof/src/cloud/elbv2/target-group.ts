import { type AttributeRules, NETWORK_TARGET_GROUP_ATTRIBUTES, TARGET_GROUP_ATTRIBUTES } from './attributes.ts';
import type { HealthCheck } from './health-check.ts';
import type { TargetGroupProtocol } from './target-group-protocol.ts';

/** A target group with all that is known of it here. */
export interface TargetGroup extends TargetGroupProtocol {
  readonly arn: string;
  readonly name: string;
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: string;
  readonly healthCheck: HealthCheck;
  readonly attributes: Map<string, string>;
  /** The processes that serve it, by the ARN of their listener. What the first of them finds is what the API tells. */
  readonly listeners: Map<string, GroupListener>;
  /** What balancers may send requests to: ECS tasks by their id, other targets by address and port. */
  readonly targets: Map<string, LocalTarget>;
  /** Of those, the ones that RegisterTargets named. */
  readonly named: Map<string, NamedTarget>;
  /** Why a target is in its state, as the balancer says. */
  readonly reasons: Map<string, string>;
}

/** Where a target is on this machine. */
export interface LocalTarget {
  readonly host: string;
  readonly port: number;
  /** Where another port of the target is, for health checks; undefined for one that it does not have. */
  readonly portOf: (port: number) => number | undefined;
}

/** What serves a target group: a balancer of its own. Each of its nodes learns of a change after its own lag. */
interface GroupListener {
  register(id: string, target: LocalTarget, lagMs: readonly number[]): void;
  deregister(id: string, lagMs: readonly number[]): void;
  end(): Promise<void>;
}

export interface NamedTarget {
  readonly address: string;
  readonly port: number;
  state: 'initial' | 'healthy' | 'unhealthy';
  /** Epoch milliseconds; undefined unless draining. */
  drainsUntil: number | undefined;
}

export function deregistrationDelayMs({ attributes }: TargetGroup): number {
  return Number(attributes.get('deregistration_delay.timeout_seconds') ?? '300') * 1000;
}

export function targetGroupAttributes({ protocol }: TargetGroupProtocol): AttributeRules {
  return protocol === 'TCP' ? NETWORK_TARGET_GROUP_ATTRIBUTES : TARGET_GROUP_ATTRIBUTES;
}
