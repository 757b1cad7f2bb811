export { VirtualClock, type Cancel, type Clock } from './clock.ts';
export { ERROR_CODES, SpotproofError, isSpotproofError, type ErrorCode, type ErrorDetail, type SpotproofErrorOptions } from './errors.ts';
export type { ConsumerLifecycle, ConsumerParts } from './consumer-lifecycle.ts';
export { silentLogger, type LogFields, type Logger } from './logger.ts';
