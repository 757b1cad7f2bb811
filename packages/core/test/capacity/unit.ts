import {
  type CapacityAction,
  type CapacityMemory,
  type CapacityObservation,
  type CapacityOptions,
  countTasks,
  plan,
  type TaskView,
} from '@spotproof/core/capacity';

/** A primary service on Spot and its fallback, one second at a time: just enough of a cloud to see where plans lead. */
export interface UnitOptions {
  readonly desired: number;
  readonly replacement: 'at-notice' | 'after-stopped';
  readonly capacity: CapacityOptions;
  /** Seconds from one plan to the next. */
  readonly planEverySeconds: number;
}

export class Unit {
  readonly #options: UnitOptions;
  /** Every action, with what it was decided on. */
  readonly done: { readonly action: CapacityAction; readonly second: number; readonly serving: number; readonly target: number }[] = [];
  readonly #primary: ModelTask[] = [];
  readonly #fallback: ModelTask[] = [];
  desired: number;
  fallbackDesired = 0;
  isSpotAvailable = true;
  isRollingOut = false;
  memory: CapacityMemory | undefined;
  scaleIn: CapacityObservation['scaleIn'] = 'active';
  second = 0;

  constructor(options: UnitOptions) {
    this.#options = options;
    this.desired = options.desired;
    for (let count = 0; count < options.desired; count++) this.#primary.push({ createdAt: -1e6, servesAt: -1e6, stoppingAt: undefined });
  }

  get serving(): number {
    return this.#primary.filter((task) => task.stoppingAt === undefined && task.servesAt <= this.second).length;
  }

  interrupt(count: number): void {
    for (const task of this.#primary.filter(({ stoppingAt }) => stoppingAt === undefined).slice(0, count)) task.stoppingAt = this.second;
  }

  run(seconds: number, each: () => void = () => {}): void {
    for (const end = this.second + seconds; this.second < end; this.second++) {
      each();
      this.#schedule();
      if (this.second % this.#options.planEverySeconds === 0) this.plan();
    }
  }

  /** Plans once and does what the plan says. */
  plan(): readonly CapacityAction[] {
    const { actions, memory, figures } = plan(this.observe(), this.memory, this.#options.capacity);
    this.memory = memory;
    for (const action of actions) {
      this.done.push({ action, second: this.second, serving: this.serving, target: figures.target });
      if (action.type === 'set-fallback') this.fallbackDesired = action.count;
      if (action.type === 'suspend-scale-in') this.scaleIn = 'suspended';
      if (action.type === 'resume-scale-in') this.scaleIn = 'active';
    }
    return actions;
  }

  observe(): CapacityObservation {
    const at = this.second * 1000;
    return {
      at,
      primary: {
        desired: this.desired,
        isRollingOut: this.isRollingOut,
        ...countTasks(
          this.#primary.map((task) => this.#view(task)),
          at,
          this.#options.capacity,
        ),
      },
      fallback: { desired: this.fallbackDesired, isRollingOut: false, placementFailed: false },
      paused: false,
      scaleIn: this.scaleIn,
    };
  }

  #schedule(): void {
    const isGone = (task: ModelTask): boolean => task.stoppingAt !== undefined && this.second - task.stoppingAt >= STOP_SECONDS;
    remove(this.#primary, isGone);
    const surplus = this.#primary.filter(({ stoppingAt }) => stoppingAt === undefined).slice(this.desired);
    remove(this.#primary, (task) => surplus.includes(task));
    const counted = this.#primary.filter((task) => task.stoppingAt === undefined || this.#options.replacement === 'after-stopped').length;
    if (this.isSpotAvailable) launch(this.#primary, Math.min(this.desired - counted, LAUNCHES_PER_SECOND), this.second);
    launch(this.#fallback, Math.min(this.fallbackDesired - this.#fallback.length, LAUNCHES_PER_SECOND), this.second);
    this.#fallback.splice(this.fallbackDesired);
  }

  #view({ createdAt, servesAt, stoppingAt }: ModelTask): TaskView {
    const isServing = servesAt <= this.second;
    const isStopping = stoppingAt !== undefined;
    return {
      lastStatus: isServing ? 'RUNNING' : 'PENDING',
      desiredStatus: isStopping ? 'STOPPED' : 'RUNNING',
      stopCode: isStopping ? 'SpotInterruption' : undefined,
      stoppedReason: undefined,
      capacityProviderName: 'FARGATE_SPOT',
      createdAt: createdAt * 1000,
      startedAt: isServing ? servesAt * 1000 : undefined,
      stoppingAt: isStopping ? stoppingAt * 1000 : undefined,
      isHealthy: isServing,
    };
  }
}

interface ModelTask {
  readonly createdAt: number;
  readonly servesAt: number;
  stoppingAt: number | undefined;
}

function launch(tasks: ModelTask[], count: number, second: number): void {
  for (let launched = 0; launched < count; launched++) tasks.push({ createdAt: second, servesAt: second + START_SECONDS, stoppingAt: undefined });
}

function remove(tasks: ModelTask[], isGone: (task: ModelTask) => boolean): void {
  tasks.splice(0, tasks.length, ...tasks.filter((task) => !isGone(task)));
}

const STOP_SECONDS = 120;
const START_SECONDS = 50;
const LAUNCHES_PER_SECOND = 20;
