import type { CapacityProviderStrategyItem } from './strategy.ts';

/** A service as CreateService takes it, by the names of the API. */
export interface ServiceSpec {
  readonly name: string;
  /** 0 or more. */
  readonly desiredCount: number;
  readonly taskDefinition: TaskDefinition;
  /** On-Demand. Not together with a strategy. */
  readonly launchType?: 'FARGATE';
  /** Without it and without a launch type, the cluster's default strategy holds. */
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[];
  /** The zones of its subnets; default all zones of the cluster. */
  readonly zones?: readonly string[];
  readonly loadBalancers?: readonly LoadBalancer[];
  readonly deploymentConfiguration?: DeploymentConfiguration;
  /** How long after its start a task's failed health checks are overlooked. Default 0. */
  readonly healthCheckGracePeriodSeconds?: number;
  /** Default ENABLED, as for a service that is created without a value. */
  readonly availabilityZoneRebalancing?: 'ENABLED' | 'DISABLED';
}

/** What UpdateService may change. */
export type ServiceChanges = Partial<Omit<ServiceSpec, 'name' | 'launchType'>> & { readonly forceNewDeployment?: boolean };

/** As much of a task definition as decides anything here. */
export interface TaskDefinition {
  /** `family:revision`. */
  readonly name: string;
  /** `stopTimeout` of the essential container. AWS: 2 to 120 s, 30 s unless set. */
  readonly stopTimeoutMs: number;
  /** CPU units as text, 1024 for a vCPU. Default `256`. */
  readonly cpu?: string;
  /** MiB as text. Default `512`. */
  readonly memory?: string;
  /** Default `app`. */
  readonly containerName?: string;
  /** Default `app:latest`. */
  readonly image?: string;
}

/** One target group of a service. */
export interface LoadBalancer {
  /** The name of a target group that `put-target-group` made. */
  readonly targetGroup: string;
  readonly containerName?: string;
  readonly containerPort: number;
}

export interface DeploymentConfiguration {
  /** Rounded up. Default 100. */
  readonly minimumHealthyPercent?: number;
  /** Rounded down. Default 200. */
  readonly maximumPercent?: number;
  readonly deploymentCircuitBreaker?: CircuitBreaker;
}

export interface CircuitBreaker {
  readonly enable: boolean;
  readonly rollback: boolean;
  /** Default BOUNDED_PERCENT 50. */
  readonly thresholdConfiguration?: { readonly type: 'COUNT' | 'BOUNDED_PERCENT' | 'UNBOUNDED_PERCENT'; readonly value: number };
  /** Default true. */
  readonly resetOnHealthyTask?: boolean;
}

/** A target group as far as the control plane decides about it. */
export interface TargetGroupSpec {
  readonly name: string;
  /** The port of targets that are named without one. */
  readonly port: number;
  /** `deregistration_delay.timeout_seconds`: how long an ordinary stop waits before SIGTERM. AWS: 300 s unless set. */
  readonly deregistrationDelayMs: number;
}
