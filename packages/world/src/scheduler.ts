import type { Model } from './model.ts';
import { provision } from './task-life.ts';

/** The service is created: wants its desired count. */
export function beginService(model: Model): void {
  if (model.begun) return;
  model.begun = true;
  for (let count = 0; count < model.config.desiredCount; count++) model.missing.push(undefined);
  placeMissing(model);
}

/** One wanted task is lost for the service: starts another in its place, now or as soon as there is capacity. */
export function replaceTask(model: Model, taskId: string): void {
  model.missing.push(taskId);
  placeMissing(model);
}

/**
 * A task ended before it ever ran: starts another, later each time. ECS throttles a service whose tasks repeatedly fail to start, up to 27
 * minutes between launches (ECS developer guide, "Service throttle logic"). The single steps are not published; doubling is our own.
 */
export function replaceFailedStart(model: Model, taskId: string): void {
  const delayMs = Math.min(1000 * 2 ** Math.min(model.failedStarts, 20), MAX_THROTTLE_MS);
  model.failedStarts += 1;
  model.timers.add(model.now + delayMs, { type: 'launch', replaces: taskId });
}

export function setCapacity(model: Model, launchesAvailable: number | undefined): void {
  model.launchesAvailable = launchesAvailable;
  placeMissing(model);
}

function placeMissing(model: Model): void {
  let placed = 0;
  while (placed < model.missing.length && model.launchesAvailable !== 0) {
    if (model.launchesAvailable !== undefined) model.launchesAvailable -= 1;
    provision(model, model.missing[placed]);
    placed += 1;
  }
  model.missing.splice(0, placed);
  if (model.missing.length > 0) model.effects.push({ type: 'placement-failed', missing: model.missing.length });
}

const MAX_THROTTLE_MS = 27 * 60_000;
