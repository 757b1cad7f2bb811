import type { CapacityProvider, CapacityProviderStrategyItem } from './strategy.ts';
import type { ServiceChanges, ServiceSpec, TargetGroupSpec, TaskDefinition } from './service.ts';

/**
 * What happens to a world, besides the passing of time. Inputs about tasks that are gone already change nothing: in a real cloud such news crosses.
 * Calls that AWS refuses change nothing either; the effect `rejected` says why.
 */
export type WorldInput = ServiceInput | TaskInput | TargetInput | CapacityInput | ScalingInput | { readonly type: 'tick' };

export type ServiceInput =
  | { readonly type: 'create-service'; readonly service: ServiceSpec }
  /** A change of the desired count deploys nothing; a new task definition, or `forceNewDeployment`, does. */
  | { readonly type: 'update-service'; readonly service: string; readonly changes: ServiceChanges }
  /** Refused while tasks are desired, unless forced. */
  | { readonly type: 'delete-service'; readonly service: string; readonly force?: boolean }
  | {
      readonly type: 'put-cluster-capacity-providers';
      readonly capacityProviders: readonly CapacityProvider[];
      readonly defaultCapacityProviderStrategy: readonly CapacityProviderStrategyItem[];
    };

export type TaskInput =
  /** Tasks without a service, 1 to 10 at once; each is placed now or never. */
  | {
      readonly type: 'run-tasks';
      readonly count: number;
      readonly taskDefinition: TaskDefinition;
      readonly provider: CapacityProvider;
      readonly zones?: readonly string[];
      readonly startedBy?: string;
    }
  /** The containers run. (In the lab: the port accepts connections.) */
  | { readonly type: 'task-started'; readonly taskId: string }
  | { readonly type: 'task-exited'; readonly taskId: string; readonly exitCode?: number }
  /** An ordinary stop: deregister, wait for the deregistration delay, then SIGTERM. `reason` becomes the task's `stoppedReason`. */
  | {
      readonly type: 'stop';
      readonly taskIds: readonly string[];
      readonly code: 'UserInitiated' | 'ServiceSchedulerInitiated';
      readonly reason?: string;
    }
  /** UpdateTaskProtection. 1 to 2880 minutes; 120 unless given. */
  | { readonly type: 'protect-tasks'; readonly taskIds: readonly string[]; readonly enabled: boolean; readonly expiresInMinutes?: number };

export type TargetInput =
  /** Makes a target group, or changes what is given. */
  | { readonly type: 'put-target-group'; readonly targetGroup: TargetGroupSpec }
  /** DeregisterTargets by the user. A target that is not registered with exactly this port is passed over in silence. */
  | {
      readonly type: 'deregister-targets';
      readonly targetGroup: string;
      readonly targets: readonly { readonly taskId: string; readonly port?: number }[];
    }
  /** What the health checks of the target group say. */
  | { readonly type: 'target-health'; readonly targetGroup: string; readonly taskId: string; readonly health: 'healthy' | 'unhealthy' };

export type CapacityInput =
  /**
   * How many more tasks the provider has capacity for from now on, in this zone, or in each zone when none is named; 0 is a drought, undefined no limit.
   * Default provider: FARGATE_SPOT.
   */
  | { readonly type: 'capacity'; readonly launches: number | undefined; readonly provider?: CapacityProvider; readonly zone?: string }
  /** The Spot notice for these tasks. On-Demand tasks are never taken back. */
  | { readonly type: 'interrupt'; readonly taskIds: readonly string[] }
  /** The Spot notice for so many of the running Spot tasks, drawn by the seed. */
  | { readonly type: 'interrupt-some'; readonly count: number | 'all'; readonly service?: string; readonly zone?: string }
  /**
   * A correlated reclaim: a share of the Spot tasks there are (of one zone, or of all), each at a moment drawn within `withinMs` from now. Tasks that
   * start later are not part of it. In the Spot-and-Scoot traces over 92 % of interruptions that come together come within three minutes.
   */
  | { readonly type: 'reclaim'; readonly share: number; readonly withinMs: number; readonly zone?: string; readonly service?: string };

export type ScalingInput =
  /** RegisterScalableTarget: pulls the desired count inside the bounds at once, even when the call names neither. */
  | {
      readonly type: 'register-scalable-target';
      readonly service: string;
      readonly minCapacity?: number;
      readonly maxCapacity?: number;
      readonly suspendedState?: SuspendedState;
    }
  | { readonly type: 'deregister-scalable-target'; readonly service: string }
  /** An alarm of a scaling policy. */
  | { readonly type: 'scaling-alarm'; readonly service: string; readonly direction: 'out' | 'in'; readonly adjustment: Adjustment };

export interface SuspendedState {
  readonly dynamicScalingInSuspended?: boolean;
  readonly dynamicScalingOutSuspended?: boolean;
  readonly scheduledScalingSuspended?: boolean;
}

/** What a scaling policy asks for. `change` and `percent` start from the tasks that really run. */
export type Adjustment =
  | { readonly kind: 'change'; readonly tasks: number }
  | { readonly kind: 'percent'; readonly percent: number }
  | { readonly kind: 'exact'; readonly tasks: number };
