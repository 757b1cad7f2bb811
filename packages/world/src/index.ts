export { createRandom, type Random } from './random.ts';
export type { HealthState } from './target-group/types.ts';
