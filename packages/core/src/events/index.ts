export { parseEvent } from './parse-event.ts';
export { isSpotInterruption, type TaskEnding } from './spot-interruption.ts';
export type { DeploymentStateChange } from './deployment-state-change.ts';
export type { EventEnvelope } from './envelope.ts';
export type { EcsEvent, NoopEvent, NoopReason } from './types.ts';
export type { ScheduleTick } from './schedule-tick.ts';
export type { ServiceAction } from './service-action.ts';
export type { TaskStateChange } from './task-state-change.ts';
