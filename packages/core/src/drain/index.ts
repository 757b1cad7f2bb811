export { drainSchedule, type ScheduleOptions } from './schedule.ts';
export { initialDrainState, step } from './step.ts';
export { DRAIN_PHASES } from './types.ts';
export type { DrainCause, DrainEffect, DrainInput, DrainPhase, DrainSchedule, DrainState, DrainStep, LeaveReason, TrafficBefore } from './types.ts';
