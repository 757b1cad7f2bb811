export { countTasks, type TaskCounts, type TaskView } from './count-tasks.ts';
export type { CapacityOptions } from './options.ts';
export { plan } from './plan.ts';
export { splitByStrategy, type StrategyItem, type StrategyShare } from './split-by-strategy.ts';
export { CAPACITY_STATES } from './types.ts';
export type {
  CapacityAction,
  CapacityFigures,
  CapacityMemory,
  CapacityObservation,
  CapacityPlan,
  CapacityState,
  FallbackView,
  HeldTarget,
  PrimaryView,
} from './types.ts';
