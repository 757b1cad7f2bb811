import { type CapacityMemory, type CapacityOptions, countTasks, plan } from '@spotproof/core/capacity';
import { parseEvent } from '@spotproof/core/events';
import type { CloudEvent } from '@spotproof/world';
import type { Strategy } from './arena.ts';

export type StrategyMaker = () => Strategy;

/** Nothing but what ECS does by itself. */
export const ecsAlone = (): Strategy => ({});

/** The decision that the controller makes, at the pace at which it makes it: soon after an event, and once a minute. */
export function levelTriggered(options: Partial<CapacityOptions> = {}): Strategy {
  const capacity: CapacityOptions = { maxFallback: 500, ...options };
  let memory: CapacityMemory | undefined;
  let isDirty = false;
  let plannedAt = Number.NEGATIVE_INFINITY;
  return {
    onEvents(events) {
      isDirty ||= events.some((event) => parseEvent(event).kind !== 'noop');
    },
    onSecond(second, cloud) {
      const isDue = second % 60 === 0 || (isDirty && second - plannedAt >= INTERVAL_SECONDS);
      if (!isDue) return;
      [isDirty, plannedAt] = [false, second];
      const at = second * 1000;
      const [primary, fallback] = [cloud.service('api'), cloud.service('api-fallback')];
      const tasks = [...cloud.tasks('RUNNING'), ...cloud.tasks('STOPPED')].map((task) => ({ ...task, isHealthy: undefined }));
      const planned = plan(
        {
          at,
          primary: { desired: primary.desiredCount, isRollingOut: primary.deployments.length > 1, ...countTasks(tasks, at, capacity) },
          fallback: { desired: fallback.desiredCount, isRollingOut: fallback.deployments.length > 1, placementFailed: false },
          paused: false,
          scaleIn: 'none',
        },
        memory,
        capacity,
      );
      memory = planned.memory;
      for (const action of planned.actions) {
        // A throttled write is decided anew by the next plan.
        if (action.type === 'set-fallback') cloud.update('api-fallback', { desiredCount: action.count });
      }
    },
  };
}

/** The handler of the copied how-to article, with a rule that fires: one more task for each event. */
export const incrementOnEvent = (): Strategy => ({
  onEvents(events, cloud) {
    const { desiredCount } = cloud.service('api');
    // Invocations of one moment read the same count: what they write is no sum.
    for (const event of events) if (isNotice(event)) cloud.update('api', { desiredCount: desiredCount + 1 });
  },
});

/** A twin of the full size on a placement failure, and none on a steady state. */
export const fullTwin = (): Strategy => ({
  onEvents(events, cloud) {
    for (const event of events) {
      if (isPlacementFailure(event)) cloud.update('api-fallback', { desiredCount: cloud.service('api').desiredCount });
      if (isAction(event, 'SERVICE_STEADY_STATE')) cloud.update('api-fallback', { desiredCount: 0 });
    }
  },
});

/** A twin of 2.2 times what is missing, and none on a steady state. */
export const oversizedTwin = (): Strategy => ({
  onEvents(events, cloud) {
    for (const event of events) {
      if (isPlacementFailure(event)) {
        const { desiredCount, runningCount } = cloud.service('api');
        const missing = desiredCount - runningCount + 1;
        cloud.update('api-fallback', { desiredCount: missing + Math.ceil(1.2 * missing) });
      }
      if (isAction(event, 'SERVICE_STEADY_STATE')) cloud.update('api-fallback', { desiredCount: 0 });
    }
  },
});

/** On a placement failure, the whole service is deployed anew on FARGATE. */
export const flipStrategy = (): Strategy => ({
  onEvents(events, cloud) {
    for (const event of events)
      if (isPlacementFailure(event))
        cloud.update('api', { capacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1 }], forceNewDeployment: true });
  },
});

function isNotice(event: CloudEvent): boolean {
  const parsed = parseEvent(event);
  return parsed.kind === 'task-state-change' && parsed.isSpotInterruption && parsed.lastStatus === 'RUNNING';
}

function isPlacementFailure(event: CloudEvent): boolean {
  return isAction(event, 'SERVICE_TASK_PLACEMENT_FAILURE') && event.resources.some((arn) => arn.endsWith('/api'));
}

function isAction(event: CloudEvent, name: string): boolean {
  const parsed = parseEvent(event);
  return parsed.kind === 'service-action' && parsed.eventName === name && parsed.serviceArn.endsWith('/api');
}

/** As the controller's own. */
const INTERVAL_SECONDS = 2;
