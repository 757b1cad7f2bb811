import {
  createWorld,
  nextWakeAt,
  step,
  type CloudEvent,
  type ServiceActionName,
  type ServiceSpec,
  type World,
  type WorldConfig,
  type WorldEffect,
  type WorldInput,
} from '@spotproof/world';
import type { Happening } from './drive.ts';

/** A world on virtual time whose containers play themselves, with everything that came of it. */
export class Cloud {
  readonly happenings: Happening[] = [];
  world: World;
  now = 0;

  constructor(config: Partial<WorldConfig> = {}) {
    this.world = createWorld({ seed: 1, ...QUICK, ...config });
    this.give({ type: 'put-target-group', targetGroup: { name: 'web', port: 80, deregistrationDelayMs: 10_000 } });
  }

  /** Gives an input now; returns what came of it. */
  give(input: WorldInput): readonly WorldEffect[] {
    const { world, effects } = step(this.world, input, this.now);
    this.world = world;
    for (const effect of effects) this.happenings.push({ ...effect, at: this.now });
    return effects;
  }

  /** Lets time pass up to and including `at`, step by step. */
  until(at: number): this {
    for (let steps = 0; ; steps++) {
      const wakeAt = nextWakeAt(this.world);
      if (wakeAt === undefined || wakeAt > at) break;
      if (steps > 200_000) throw new Error('the world does not come to rest');
      this.now = Math.max(this.now, wakeAt);
      this.give({ type: 'tick' });
    }
    this.now = at;
    return this;
  }

  /** Makes a service, and waits until it is as it should be. */
  settled(spec: Partial<ServiceSpec> = {}): this {
    this.give({ type: 'create-service', service: service(spec) });
    return this.until(this.now + 120_000);
  }

  ofType<Type extends WorldEffect['type']>(type: Type, since = 0): readonly Extract<Happening, { readonly type: Type }>[] {
    return this.happenings.filter((one): one is Extract<Happening, { readonly type: Type }> => one.type === type && one.at >= since);
  }

  events<Type extends CloudEvent['detail-type']>(type: Type, since = 0): readonly Extract<CloudEvent, { readonly 'detail-type': Type }>[] {
    const isWanted = (event: CloudEvent): event is Extract<CloudEvent, { readonly 'detail-type': Type }> => event['detail-type'] === type;
    return this.ofType('event', since)
      .map(({ event }) => event)
      .filter(isWanted);
  }

  /** When these service actions were told. */
  actionTimes(name: ServiceActionName, since = 0): readonly number[] {
    return this.ofType('event', since).flatMap(({ event, at }) =>
      event['detail-type'] === 'ECS Service Action' && event.detail.eventName === name ? [at] : [],
    );
  }
}

/** Containers that start in a second and end in one. */
const QUICK: Omit<WorldConfig, 'seed'> = { containers: { startMs: [1000, 1000], exitMs: [1000, 1000] } };

export function service(spec: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name: 'web',
    desiredCount: 4,
    taskDefinition: { name: 'web:1', stopTimeoutMs: 30_000 },
    ...(spec.launchType === undefined ? { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 } as const] } : {}),
    loadBalancers: [{ targetGroup: 'web', containerPort: 8080 }],
    ...spec,
  };
}
