import {
  createWorld,
  DEFAULT_CLUSTER,
  nextWakeAt,
  step,
  NO_DELAYS,
  type Deregistration,
  type TaskDelays,
  type World,
  type WorldConfig,
  type WorldEffect,
  type WorldInput,
} from '@spotproof/world';

/** One effect and when it came. */
export type Happening = WorldEffect & { readonly at: number };

/** A world with one service, all of it on Spot, behind one target group. */
export interface OneService {
  readonly seed: number;
  readonly desiredCount: number;
  readonly nodes: number;
  readonly stopTimeoutMs: number;
  readonly deregistrationDelayMs: number;
  readonly deregistration: Deregistration;
  readonly maxNodeLagMs: number;
  readonly replacement: 'at-notice' | 'after-stopped';
  /** How many tasks Spot has room for; undefined for no limit. */
  readonly launchesAvailable: number | undefined;
  readonly delays: TaskDelays;
}

/** How the containers of the driven world behave, in milliseconds. */
export interface Containers {
  readonly startMs: number;
  /** From SIGTERM to the exit; undefined: only SIGKILL ends them. */
  readonly exitMs: number | undefined;
  /** From running to a crash; undefined: never. */
  readonly crashMs: number | undefined;
}

export const CONFIG: OneService = {
  seed: 1,
  desiredCount: 3,
  nodes: 2,
  stopTimeoutMs: 30_000,
  deregistrationDelayMs: 20_000,
  deregistration: { kind: 'profile', profile: 'current' },
  maxNodeLagMs: 5000,
  replacement: 'at-notice',
  launchesAvailable: undefined,
  delays: NO_DELAYS,
};

export function worldOf(config: OneService): WorldConfig {
  const { seed, nodes, deregistration, maxNodeLagMs, replacement, delays } = config;
  return { seed, nodes, deregistration, maxNodeLagMs, replacement, delays, events: false, cluster: { ...DEFAULT_CLUSTER, zones: ['us-east-1a'] } };
}

/** What makes the one service, to be given at once. */
export function beginning(config: OneService): readonly WorldInput[] {
  const { stopTimeoutMs, deregistrationDelayMs, desiredCount, launchesAvailable } = config;
  return [
    { type: 'capacity', launches: launchesAvailable },
    { type: 'put-target-group', targetGroup: { name: 'app', port: 8080, deregistrationDelayMs } },
    {
      type: 'create-service',
      service: {
        name: 'app',
        desiredCount,
        taskDefinition: { name: 'app:1', stopTimeoutMs },
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        loadBalancers: [{ targetGroup: 'app', containerPort: 8080 }],
      },
    },
  ];
}

/** Runs a world on virtual time with containers that behave as told, and gives the inputs at their times. */
export function drive(options: {
  readonly config?: Partial<OneService>;
  readonly containers?: Partial<Containers>;
  readonly inputs: readonly { readonly at: number; readonly input: WorldInput }[];
  readonly untilMs: number;
}): readonly Happening[] {
  const containers: Containers = { startMs: 100, exitMs: 500, crashMs: undefined, ...options.containers };
  const happenings: Happening[] = [];
  const config: OneService = { ...CONFIG, ...options.config };
  const pending: { at: number; input: WorldInput }[] = [...beginning(config).map((input) => ({ at: 0, input })), ...options.inputs];
  let world: World = createWorld(worldOf(config));
  for (;;) {
    const wakeAt = nextWakeAt(world);
    const next = pending.reduce<{ at: number; input: WorldInput } | undefined>(
      (first, other) => (first === undefined || other.at < first.at ? other : first),
      undefined,
    );
    const at = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, next?.at ?? Number.POSITIVE_INFINITY);
    if (at > options.untilMs) return happenings;
    const input: WorldInput = next !== undefined && next.at === at ? next.input : { type: 'tick' };
    if (next !== undefined && next.at === at) pending.splice(pending.indexOf(next), 1);
    const stepped = step(world, input, at);
    world = stepped.world;
    for (const effect of stepped.effects) {
      happenings.push({ ...effect, at });
      pending.push(...answers(effect, at, containers));
    }
    if (happenings.length > 50_000) throw new Error('the driven world does not come to rest');
  }
}

function answers(effect: WorldEffect, at: number, containers: Containers): readonly { at: number; input: WorldInput }[] {
  if (effect.type === 'start-task') {
    const startedAt = at + containers.startMs;
    const started = { at: startedAt, input: { type: 'task-started', taskId: effect.taskId } } as const;
    if (containers.crashMs === undefined) return [started];
    return [started, { at: startedAt + containers.crashMs, input: { type: 'task-exited', taskId: effect.taskId } }];
  }
  if (effect.type !== 'send-signal') return [];
  const exitMs = effect.signal === 'SIGKILL' ? 0 : containers.exitMs;
  return exitMs === undefined ? [] : [{ at: at + exitMs, input: { type: 'task-exited', taskId: effect.taskId } }];
}

export function ofTask(happenings: readonly Happening[], taskId: string): readonly Happening[] {
  return happenings.filter((happening) => 'taskId' in happening && happening.taskId === taskId);
}

export function stateTimes(happenings: readonly Happening[], taskId: string): readonly (readonly [string, number])[] {
  return ofTask(happenings, taskId).flatMap((one) => (one.type === 'task-state-changed' ? [[one.state, one.at] as const] : []));
}

/** When the one happening of this kind came for the task; undefined when it did not. */
export function timeOf(
  happenings: readonly Happening[],
  taskId: string,
  kind: 'SIGTERM' | 'SIGKILL' | 'deregister-target' | 'register-target',
): number | undefined {
  return ofTask(happenings, taskId).find((one) => one.type === kind || (one.type === 'send-signal' && one.signal === kind))?.at;
}

export function runningWanted(happenings: readonly Happening[]): number {
  const wanted = new Map<string, boolean>();
  for (const one of happenings) if (one.type === 'task-state-changed') wanted.set(one.taskId, one.reason === undefined);
  return [...wanted.values()].filter(Boolean).length;
}
