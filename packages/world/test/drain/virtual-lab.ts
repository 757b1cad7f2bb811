import { VirtualClock } from '@spotproof/core';
import { drainSchedule, initialDrainState, step as stepDrain, type DrainInput, type DrainState, type TrafficBefore } from '@spotproof/core/drain';
import {
  createRandom,
  createTargetGroup,
  createWorld,
  endRequest,
  nextTargetGroupWakeAt,
  nextWakeAt,
  routeRequest,
  step as stepWorld,
  stepTargetGroup,
  type Deregistration,
  type TargetGroup,
  type TargetGroupStep,
  type World,
  type WorldInput,
} from '@spotproof/world';

export interface VirtualLabOptions {
  readonly seed: number;
  readonly tasks: number;
  readonly nodes: number;
  readonly ratePerSecond: number;
  readonly stopTimeoutMs: number;
  readonly deregistration: Deregistration;
  readonly maxNodeLagMs: number;
  readonly healthCheckIntervalMs: number;
  /** What the processes do on SIGTERM: our drain, or close the listener at once as the copied handler does. */
  readonly policy: 'drain' | 'close-at-once';
}

export interface VirtualOutcome {
  readonly sent: number;
  readonly lost: number;
  /** When the interrupted task exited, in milliseconds after SIGTERM. */
  readonly exitedAfterMs: number;
  readonly killed: boolean;
}

/** One interruption of one task under Poisson load, on a virtual clock: the cloud is `world`, the processes live `core/drain`. No sockets. */
export function interruptOnce(options: VirtualLabOptions): VirtualOutcome {
  return new VirtualLab(options).run();
}

const WARM_UP_MS = 60_000;

class VirtualLab {
  readonly #options: VirtualLabOptions;
  readonly #clock = new VirtualClock();
  readonly #chance;
  readonly #processes = new Map<string, Process>();
  #world: World;
  #nodes: TargetGroup[];
  #sent = 0;
  #lost = 0;
  #sigtermAt = 0;
  #exitedAt = 0;
  #killed = false;

  constructor(options: VirtualLabOptions) {
    this.#options = options;
    this.#chance = createRandom(options.seed, 'virtual-lab');
    this.#world = createWorld({
      seed: options.seed,
      nodes: options.nodes,
      deregistration: options.deregistration,
      maxNodeLagMs: options.maxNodeLagMs,
      events: false,
    });
    this.#nodes = Array.from({ length: options.nodes }, (_, index) =>
      createTargetGroup({
        algorithm: 'round_robin',
        healthCheckIntervalMs: options.healthCheckIntervalMs,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        deregistrationDelayMs: 30_000,
        seed: options.seed,
        node: `node-${index}`,
      }),
    );
  }

  run(): VirtualOutcome {
    this.#tell({ type: 'put-target-group', targetGroup: { name: 'app', port: 80, deregistrationDelayMs: 30_000 } });
    this.#tell({
      type: 'create-service',
      service: {
        name: 'app',
        desiredCount: this.#options.tasks,
        taskDefinition: { name: 'app:1', stopTimeoutMs: this.#options.stopTimeoutMs },
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        loadBalancers: [{ targetGroup: 'app', containerPort: 80 }],
        availabilityZoneRebalancing: 'DISABLED',
      },
    });
    this.#arrive();
    this.#clock.advance(WARM_UP_MS);
    this.#tell({ type: 'interrupt-some', count: 1 });
    this.#clock.advance(this.#options.stopTimeoutMs + 5_000);
    return { sent: this.#sent, lost: this.#lost, exitedAfterMs: this.#exitedAt - this.#sigtermAt, killed: this.#killed };
  }

  #tell(input: WorldInput): void {
    const result = stepWorld(this.#world, input, this.#clock.now());
    this.#world = result.world;
    for (const effect of result.effects) {
      switch (effect.type) {
        case 'start-task': {
          this.#processes.set(effect.taskId, new Process(this.#options, this.#clock, () => this.#onExit(effect.taskId)));
          this.#clock.schedule(1_000, () => this.#tell({ type: 'task-started', taskId: effect.taskId }));
          break;
        }
        case 'register-target':
        case 'deregister-target':
          effect.lagMs.forEach((lagMs, index) => {
            this.#clock.schedule(lagMs, () =>
              this.#move(
                index,
                stepTargetGroup(this.#node(index), {
                  type: effect.type === 'register-target' ? 'register' : 'deregister',
                  at: this.#clock.now(),
                  targetId: effect.taskId,
                }),
              ),
            );
          });
          break;
        case 'send-signal':
          if (effect.signal === 'SIGTERM') this.#sigtermAt = this.#clock.now();
          else this.#killed = true;
          this.#processes.get(effect.taskId)?.signal(effect.signal);
          break;
        case 'task-state-changed':
        case 'placement-failed':
        case 'event':
        case 'rejected':
          break;
      }
    }
    const wakeAt = nextWakeAt(this.#world);
    if (wakeAt !== undefined)
      this.#clock.schedule(wakeAt - this.#clock.now(), () => nextWakeAt(this.#world) === wakeAt && this.#tell({ type: 'tick' }));
  }

  #onExit(taskId: string): void {
    this.#exitedAt = this.#clock.now();
    this.#lost += this.#processes.get(taskId)?.open ?? 0;
    this.#processes.delete(taskId);
    this.#tell({ type: 'task-exited', taskId });
  }

  #node(index: number): TargetGroup {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  #move(index: number, { group, effects }: TargetGroupStep): void {
    this.#nodes[index] = group;
    for (const effect of effects) {
      if (effect.type !== 'check') continue;
      const result = this.#processes.get(effect.targetId)?.check() ?? 'failed';
      this.#move(
        index,
        stepTargetGroup(this.#node(index), {
          type: 'check-ended',
          at: this.#clock.now(),
          targetId: effect.targetId,
          registration: effect.registration,
          result,
        }),
      );
    }
    const wakeAt = nextTargetGroupWakeAt(this.#node(index));
    if (wakeAt === Infinity) return;
    this.#clock.schedule(wakeAt - this.#clock.now(), () => {
      if (nextTargetGroupWakeAt(this.#node(index)) === wakeAt)
        this.#move(index, stepTargetGroup(this.#node(index), { type: 'tick', at: this.#clock.now() }));
    });
  }

  #arrive(): void {
    this.#clock.schedule(this.#chance.exponential(1_000 / this.#options.ratePerSecond), () => {
      if (this.#clock.now() > 5_000) this.#request();
      this.#arrive();
    });
  }

  #request(): void {
    const index = this.#chance.integer(0, this.#options.nodes - 1);
    const { group, target } = routeRequest(this.#node(index));
    this.#nodes[index] = group;
    this.#sent += 1;
    const process = target === undefined ? undefined : this.#processes.get(target.id);
    if (target === undefined || process === undefined || !process.accept()) {
      this.#lost += 1;
      if (target !== undefined) this.#move(index, endRequest(this.#node(index), target.id, target.registration));
      return;
    }
    this.#clock.schedule(this.#chance.exponential(200), () => {
      process.answer();
      this.#move(index, endRequest(this.#node(index), target.id, target.registration));
    });
  }
}

/** One task's process: what the runtime does around `core/drain`, without its sockets. */
class Process {
  readonly #options: VirtualLabOptions;
  readonly #clock: VirtualClock;
  readonly #exit: () => void;
  #drain: DrainState = initialDrainState;
  #arrivals: number[] = [];
  #listening = true;
  #gone = false;
  open = 0;

  constructor(options: VirtualLabOptions, clock: VirtualClock, exit: () => void) {
    this.#options = options;
    this.#clock = clock;
    this.#exit = exit;
  }

  accept(): boolean {
    if (!this.#listening) return false;
    this.open += 1;
    this.#arrivals = [...this.#arrivals.slice(-63), this.#clock.now()];
    this.#send({ type: 'request', at: this.#clock.now() });
    this.#send({ type: 'open', at: this.#clock.now(), open: this.open });
    return true;
  }

  answer(): void {
    if (this.#gone) return;
    this.open -= 1;
    this.#send({ type: 'open', at: this.#clock.now(), open: this.open });
  }

  check(): 'passed' | 'code-mismatch' | 'failed' {
    if (!this.#listening) return 'failed';
    return this.#drain.phase === 'serving' ? 'passed' : 'code-mismatch';
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (signal === 'SIGKILL') return this.#leave();
    const schedule = drainSchedule(this.#options.stopTimeoutMs, { interactive: this.#options.policy === 'close-at-once' });
    this.#send({ type: 'begin', at: this.#clock.now(), cause: 'SIGTERM', schedule, traffic: this.#traffic(), open: this.open });
  }

  #traffic(): TrafficBefore {
    const [first, last] = [this.#arrivals[0], this.#arrivals.at(-1)];
    return {
      requests: this.#arrivals.length,
      meanGapMs: first === undefined || last === undefined || this.#arrivals.length < 2 ? undefined : (last - first) / (this.#arrivals.length - 1),
      lastRequestAgoMs: last === undefined ? undefined : this.#clock.now() - last,
      healthChecksStopped: false,
    };
  }

  #send(input: DrainInput): void {
    const { state, effects, wakeAt } = stepDrain(this.#drain, input);
    this.#drain = state;
    for (const effect of effects) {
      if (effect === 'close-listeners') {
        this.#listening = false;
        this.#soon('listeners-closed');
      }
      if (effect === 'run-hooks') this.#soon('hooks-done');
      if (effect === 'flush') this.#soon('flush-done');
      if (effect === 'exit') this.#leave();
    }
    if (wakeAt !== undefined) this.#clock.schedule(wakeAt - this.#clock.now(), () => this.#send({ type: 'tick', at: this.#clock.now() }));
  }

  #soon(type: 'listeners-closed' | 'hooks-done' | 'flush-done'): void {
    this.#clock.schedule(1, () => this.#send({ type, at: this.#clock.now() }));
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#listening = false;
    this.#exit();
  }
}
