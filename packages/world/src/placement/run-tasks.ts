import type { TaskInput } from '../spec/inputs.ts';
import type { Model } from '../state/model.ts';
import { isWithinQuota, takeLaunchToken } from './place.ts';
import { provision } from '../task/life.ts';

/** RunTask: nobody retries what cannot be placed now ("Capacity is unavailable at this time", re:Post Knowledge Center). */
export function runTasks(model: Model, input: Extract<TaskInput, { readonly type: 'run-tasks' }>): void {
  const { provider, taskDefinition, startedBy, zones = model.cluster.zones } = input;
  for (let count = 0; count < input.count; count++) {
    const zone = zones.map((_, index) => zones[(index + count) % zones.length] ?? '').find((one) => model.pools.hasRoom(provider, one));
    if (zone === undefined || !isWithinQuota(model, provider, taskDefinition) || !takeLaunchToken(model, provider)) {
      model.effects.push({ type: 'placement-failed', service: undefined, provider, missing: input.count - count });
      return;
    }
    model.pools.take(provider, zone);
    provision(model, { owner: undefined, deployment: undefined, provider, zone, taskDefinition, replaces: undefined, startedBy });
  }
}
