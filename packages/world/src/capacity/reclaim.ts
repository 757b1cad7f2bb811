import type { CapacityInput } from '../spec/inputs.ts';
import type { Model } from '../state/model.ts';
import type { TaskRecord } from '../state/records.ts';

/** Draws the tasks that a reclaim takes and the moment of each. What is drawn depends on the seed and the tasks there are, not on what happens later. */
export function reclaim(model: Model, input: Extract<CapacityInput, { readonly type: 'reclaim' }>): void {
  const { choice, reclaim: moments } = model.chance;
  const candidates = spotTasks(model, input).filter((task) => task.stop === undefined);
  const wanted = Math.round(candidates.length * input.share);
  for (const task of pickSome(candidates, wanted, (min, max) => choice.integer(min, max))) {
    model.timers.add(model.now + moments.integer(0, input.withinMs), { type: 'interrupt', task });
  }
}

/** So many of the RUNNING Spot tasks that fit, drawn by the seed. */
export function pickRunning(
  model: Model,
  input: { readonly count: number | 'all'; readonly service?: string; readonly zone?: string },
): readonly TaskRecord[] {
  const { choice } = model.chance;
  if (input.service === undefined && input.zone === undefined) {
    return model.spotRunning.pick(input.count === 'all' ? model.spotRunning.size : input.count, choice);
  }
  const candidates = spotTasks(model, input).filter((task) => task.stop === undefined && task.state === 'RUNNING');
  return pickSome(candidates, input.count === 'all' ? candidates.length : input.count, (min, max) => choice.integer(min, max));
}

function spotTasks(model: Model, filter: { readonly service?: string; readonly zone?: string }): TaskRecord[] {
  const tasks: Iterable<TaskRecord> = filter.service === undefined ? model.tasks.values() : (model.services.get(filter.service)?.tasks ?? []);
  const found: TaskRecord[] = [];
  for (const task of tasks) {
    if (task.provider === 'FARGATE_SPOT' && (filter.zone === undefined || task.zone === filter.zone)) found.push(task);
  }
  return found;
}

function pickSome(from: TaskRecord[], count: number, integer: (min: number, max: number) => number): readonly TaskRecord[] {
  const wanted = Math.min(count, from.length);
  for (let index = 0; index < wanted; index++) {
    const other = integer(index, from.length - 1);
    const [a, b] = [from[index], from[other]];
    if (a === undefined || b === undefined) continue;
    from[index] = b;
    from[other] = a;
  }
  return from.slice(0, wanted);
}
