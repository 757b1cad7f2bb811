export { createRandom, type Random } from './random.ts';
export { createTargetGroup } from './target-group/create-target-group.ts';
export { createNetworkTargetGroup, nextNetworkWakeAt, stepNetworkTargetGroup } from './target-group/network/step.ts';
export type {
  NetworkConnection,
  NetworkTarget,
  NetworkTargetGroup,
  NetworkTargetGroupEffect,
  NetworkTargetGroupInput,
  NetworkTargetGroupOptions,
  NetworkTargetGroupStep,
} from './target-group/network/types.ts';
export { endRequest, routeRequest, type Routed } from './target-group/route.ts';
export { nextTargetGroupWakeAt, stepTargetGroup } from './target-group/step.ts';
export type {
  CheckResult,
  HealthReason,
  HealthState,
  RoutingAlgorithm,
  RoutingMode,
  Target,
  TargetGroup,
  TargetGroupEffect,
  TargetGroupInput,
  TargetGroupOptions,
  TargetGroupStep,
} from './target-group/types.ts';
export { TASK_STATES, isLaterState, type StopCode, type StopReason, type TaskState } from './spec/task-states.ts';
export {
  DEFAULT_CLUSTER,
  NO_DELAYS,
  type ClusterConfig,
  type DelayRange,
  type ModelledContainers,
  type Replacement,
  type SchedulerPace,
  type TaskDelays,
  type WorldConfig,
} from './spec/config.ts';
export type { RejectionCode, WorldEffect } from './spec/effects.ts';
export type { Adjustment, CapacityInput, ScalingInput, ServiceInput, SuspendedState, TargetInput, TaskInput, WorldInput } from './spec/inputs.ts';
export type {
  CloudEvent,
  DeploymentStateChangeDetail,
  DeploymentStateChangeEvent,
  ServiceActionDetail,
  ServiceActionEvent,
  ServiceActionName,
  TaskStateChangeDetail,
  TaskStateChangeEvent,
} from './spec/events.ts';
export type {
  CircuitBreaker,
  DeploymentConfiguration,
  LoadBalancer,
  ServiceChanges,
  ServiceSpec,
  TargetGroupSpec,
  TaskDefinition,
} from './spec/service.ts';
export { splitByStrategy, strategyProblem, type CapacityProvider, type CapacityProviderStrategyItem, type ProviderShare } from './spec/strategy.ts';
export { failureThreshold } from './deployment/circuit-breaker.ts';
export { API_BUCKET_GROUPS, FULL_API_BUCKETS, takeApiToken, type ApiBucketGroup, type ApiBuckets, type ApiTake } from './throttle/api-buckets.ts';
export { fullBucket, takeToken, type TakenToken, type TokenBucket, type TokenBucketLimit } from './throttle/token-bucket.ts';
export { createDelivery, nextArrivalAt, sendEvent, takeArrived, type Delivery } from './delivery/delivery.ts';
export { deliveryProfile, type DeliveryOptions, type DeliveryProfile } from './delivery/options.ts';
export { maxLatenessMs, type Deregistration, type DeregistrationProfile } from './spec/interruption-order.ts';
export type { TargetRegistration, Task, TaskHealth } from './spec/task.ts';
export {
  configOf,
  describeTask,
  findTaskByAddress,
  getTask,
  isTaskOver,
  listTasks,
  runningCount,
  type TaskDescription,
  type TaskFilter,
} from './read/tasks.ts';
export {
  countService,
  describeScalableTarget,
  describeService,
  listServices,
  type DeploymentDescription,
  type ServiceCounts,
  type ServiceDescription,
} from './read/services.ts';
export { describeTargetHealth, type TargetDescription } from './read/target-health.ts';
export { createWorld, nextWakeAt, step, type World, type WorldStep } from './world.ts';
