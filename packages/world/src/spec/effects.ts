import type { CloudEvent } from './events.ts';
import type { WorldInput } from './inputs.ts';
import type { CapacityProvider } from './strategy.ts';
import type { StopReason, TaskState } from './task-states.ts';

/** What the driver of a world must do, in order, and what it may want to tell. */
export type WorldEffect =
  /** Start the containers; answer with `task-started`, or with `task-exited` when that fails. */
  | {
      readonly type: 'start-task';
      readonly taskId: string;
      readonly replaces: string | undefined;
      readonly service: string | undefined;
      /** `family:revision`. */
      readonly taskDefinition: string;
    }
  /** Each node learns of it after its own lag: `lagMs` has one entry per node. */
  | {
      readonly type: 'register-target' | 'deregister-target';
      readonly taskId: string;
      readonly targetGroup: string;
      readonly port: number;
      readonly lagMs: readonly number[];
    }
  /** To the first process of the task; answer with `task-exited` when it has ended. */
  | { readonly type: 'send-signal'; readonly taskId: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly type: 'task-state-changed'; readonly taskId: string; readonly state: TaskState; readonly reason: StopReason | undefined }
  /** So many tasks are wanted there and it has no capacity for them; the scheduler goes on trying. */
  | { readonly type: 'placement-failed'; readonly service: string | undefined; readonly provider: CapacityProvider; readonly missing: number }
  /** What ECS hands to EventBridge, as it happens. How it is delivered is the business of `createDelivery`. */
  | { readonly type: 'event'; readonly event: CloudEvent }
  /** The input was a call that AWS would have refused. */
  | { readonly type: 'rejected'; readonly input: WorldInput['type']; readonly code: RejectionCode; readonly message: string };

/** Error codes of the APIs, and failure reasons of UpdateTaskProtection. */
export type RejectionCode =
  | 'InvalidParameterException'
  | 'ServiceNotFoundException'
  | 'ServiceNotActiveException'
  | 'TargetGroupNotFound'
  | 'ObjectNotFoundException'
  | 'ValidationException'
  | 'TASK_NOT_VALID'
  | 'DEPLOYMENT_BLOCKED';
