import {
  type CapacityProviderStrategyItem,
  type CloudEvent,
  countService,
  createDelivery,
  createWorld,
  type Delivery,
  type DeliveryOptions,
  describeService,
  describeTask,
  FULL_API_BUCKETS,
  type ApiBuckets,
  listTasks,
  type Replacement,
  sendEvent,
  type ServiceDescription,
  step,
  takeApiToken,
  takeArrived,
  type TaskDescription,
  type World,
  type WorldInput,
} from '@spotproof/world';

export interface ArenaOptions {
  readonly seed: number;
  readonly desired: number;
  readonly seconds: number;
  readonly replacement: Replacement;
  readonly delivery: Omit<DeliveryOptions, 'seed'>;
  /** What happens to the cloud, by the second in which it does. */
  readonly plot: ReadonlyMap<number, readonly WorldInput[]>;
}

/** Something that reacts to events, as a Lambda function would. Reads are free of delay; writes take effect at the end of the second. */
export interface Strategy {
  /** All that arrived within a second: as on AWS, the invocations for them do not see each other's writes. */
  onEvents?(events: readonly CloudEvent[], cloud: ArenaCloud): void;
  onSecond?(second: number, cloud: ArenaCloud): void;
}

/** What a strategy may see and do. */
export interface ArenaCloud {
  service(name: 'api' | 'api-fallback'): ServiceDescription;
  tasks(desiredStatus: 'RUNNING' | 'STOPPED'): readonly TaskDescription[];
  /** False when the call was throttled: UpdateService has a bucket of 50 that refills by 5 a second. */
  update(
    name: 'api' | 'api-fallback',
    changes: {
      readonly desiredCount?: number;
      readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[];
      readonly forceNewDeployment?: boolean;
    },
  ): boolean;
}

export interface Score {
  /** Minutes of missing tasks: the sum over time of desired less serving, told-to-stop tasks not counted as serving. */
  readonly shortfallTaskMinutes: number;
  readonly secondsBelow90Percent: number;
  readonly peakTasks: number;
  /** Hours of tasks above the desired count. */
  readonly extraTaskHours: number;
  readonly updates: number;
  readonly throttled: number;
  readonly mostUpdatesInAMinute: number;
  readonly endDesired: number;
  readonly endFallback: number;
  readonly endStrategy: string;
}

/** Plays a plot to a strategy on a virtual clock, a second at a time. */
export function play(options: ArenaOptions, strategy: Strategy): Score {
  const arena = new Arena(options);
  for (let second = 0; second < options.seconds; second++) arena.second(second, strategy);
  return arena.score();
}

class Arena implements ArenaCloud {
  readonly #options: ArenaOptions;
  readonly #delivery: Delivery;
  #world: World;
  #buckets: ApiBuckets = FULL_API_BUCKETS;
  #now = 0;
  #pending: WorldInput[] = [];
  readonly #updatesAt: number[] = [];
  #throttled = 0;
  #shortfallSeconds = 0;
  #below90 = 0;
  #peak = 0;
  #extraSeconds = 0;

  constructor(options: ArenaOptions) {
    this.#options = options;
    this.#delivery = createDelivery({ ...options.delivery, seed: options.seed });
    this.#world = createWorld({
      seed: options.seed,
      replacement: options.replacement,
      containers: { startMs: [30_000, 70_000], exitMs: 'never' },
    });
    const taskDefinition = { name: 'api:1', stopTimeoutMs: 120_000 };
    const common = { taskDefinition, availabilityZoneRebalancing: 'DISABLED' } as const;
    // The service stands when the plot begins: what was before it is nobody's concern.
    this.#now = -SETTLED_MS;
    this.#give({
      type: 'create-service',
      service: { ...common, name: 'api', desiredCount: options.desired, capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] },
    });
    this.#give({ type: 'create-service', service: { ...common, name: 'api-fallback', desiredCount: 0, launchType: 'FARGATE' } });
    for (; this.#now < 0; this.#now += 1000) this.#give({ type: 'tick' });
    takeArrived(this.#delivery, 0);
  }

  second(second: number, strategy: Strategy): void {
    this.#now = second * 1000;
    for (const input of this.#options.plot.get(second) ?? [{ type: 'tick' } as const]) this.#give(input);
    const events = takeArrived(this.#delivery, this.#now);
    if (events.length > 0) strategy.onEvents?.(events, this);
    strategy.onSecond?.(second, this);
    for (const input of this.#pending.splice(0)) this.#give(input);
    this.#measure();
  }

  service(name: string): ServiceDescription {
    const service = describeService(this.#world, name);
    if (service === undefined) throw new Error(`no service ${name}`);
    return service;
  }

  tasks(desiredStatus: 'RUNNING' | 'STOPPED'): readonly TaskDescription[] {
    return listTasks(this.#world, { service: 'api', desiredStatus }).flatMap((id) => describeTask(this.#world, id) ?? []);
  }

  update(name: string, changes: Parameters<ArenaCloud['update']>[1]): boolean {
    const { buckets, taken } = takeApiToken(this.#buckets, 'ecs:UpdateService', this.#now);
    this.#buckets = buckets;
    if (!taken) {
      this.#throttled += 1;
      return false;
    }
    this.#updatesAt.push(this.#now);
    this.#pending.push({ type: 'update-service', service: name, changes });
    return true;
  }

  score(): Score {
    const api = this.service('api');
    return {
      shortfallTaskMinutes: this.#shortfallSeconds / 60,
      secondsBelow90Percent: this.#below90,
      peakTasks: this.#peak,
      extraTaskHours: this.#extraSeconds / 3600,
      updates: this.#updatesAt.length,
      throttled: this.#throttled,
      mostUpdatesInAMinute: mostWithin(this.#updatesAt, 60_000),
      endDesired: api.desiredCount,
      endFallback: this.service('api-fallback').desiredCount,
      endStrategy: api.capacityProviderStrategy.map(({ capacityProvider }) => capacityProvider).join('+'),
    };
  }

  #give(input: WorldInput): void {
    const { world, effects } = step(this.#world, input, this.#now);
    this.#world = world;
    for (const effect of effects) {
      if (effect.type === 'event') sendEvent(this.#delivery, effect.event, this.#now);
      if (effect.type === 'rejected') throw new Error(`the world refused ${effect.input}: ${effect.message}`);
    }
  }

  #measure(): void {
    const { desired } = this.#options;
    const counts = ['api', 'api-fallback'].map((name) => countService(this.#world, name));
    const serving = counts.reduce((sum, count) => sum + (count?.running ?? 0), 0);
    const alive = counts.reduce((sum, count) => sum + (count?.running ?? 0) + (count?.pending ?? 0), 0);
    this.#shortfallSeconds += Math.max(0, desired - serving);
    this.#extraSeconds += Math.max(0, alive - desired);
    this.#peak = Math.max(this.#peak, alive);
    if (serving < 0.9 * desired) this.#below90 += 1;
  }
}

function mostWithin(times: readonly number[], ms: number): number {
  let most = 0;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while ((times[first] ?? at) <= at - ms) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

const SETTLED_MS = 600_000;
