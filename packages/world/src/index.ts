export type { HealthState } from './target-group/types.ts';
