export { createRandom, type Random } from './random.ts';
export { createTargetGroup } from './target-group/create-target-group.ts';
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
export { TASK_STATES, isLaterState, type StopCode, type StopReason, type TaskState } from './task-states.ts';
export { NO_DELAYS, type DelayRange, type TaskDelays, type WorldConfig } from './config.ts';
export type { WorldEffect, WorldInput } from './effects.ts';
export { maxLatenessMs, type Deregistration, type DeregistrationProfile } from './spot/interruption.ts';
export type { TargetRegistration, Task } from './task.ts';
export { createWorld, getTask, nextWakeAt, runningCount, step, type World, type WorldStep } from './world.ts';
