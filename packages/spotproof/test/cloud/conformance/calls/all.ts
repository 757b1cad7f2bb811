import type { CallGroup } from '../call.ts';
import { BALANCING } from './balancing.ts';
import { CLUSTERS } from './clusters.ts';
import { DELETION } from './deletion.ts';
import { EVENTS } from './events.ts';
import { MEMORY } from './memory.ts';
import { NETWORK_BALANCING } from './network-balancing.ts';
import { QUEUES } from './queues.ts';
import { SCALING } from './scaling.ts';
import { SERVICES } from './services.ts';
import { TASK_DEFINITIONS } from './task-definitions.ts';
import { TASKS } from './tasks.ts';

/** In the order in which they are made. */
export const CALLS: readonly CallGroup[] = [
  CLUSTERS,
  TASK_DEFINITIONS,
  BALANCING,
  QUEUES,
  EVENTS,
  SERVICES,
  TASKS,
  SCALING,
  MEMORY,
  DELETION,
  NETWORK_BALANCING,
];
