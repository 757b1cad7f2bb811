import { randomBytes } from 'node:crypto';
import { FreePorts } from '../../lab/tasks/free-ports.ts';
import type { Isolation } from '../../lab/tasks/isolation.ts';
import type { ContainerDefinition, ContainerOverride } from './container-definition.ts';
import type { CloudWatch } from '../watch.ts';
import { LocalTask } from './local-task.ts';

export interface LocalTasksOptions {
  readonly isolation: Isolation;
  readonly region: string;
  /** Where containers without a working directory start. */
  readonly cwd: string;
  readonly directory: string;
  /** Where the cloud answers; asked when the first task starts. */
  readonly endpoint: () => string;
  readonly watch: CloudWatch | undefined;
  /** How long a task may take until it listens. */
  readonly startTimeoutMs: number;
  readonly onError: (error: unknown) => void;
}

export interface StartTask {
  readonly taskId: string;
  readonly cluster: string;
  readonly containers: readonly (ContainerDefinition & { readonly name: string })[];
  readonly overrides: readonly ContainerOverride[];
  /** One of a service: if it ends before it listens, it never ran. Another may be a job that is done by then. */
  readonly isOfService: boolean;
  readonly onStarted: () => void;
  readonly onEnded: () => void;
}

/** Whose container asks, by its token. */
export interface ContainerIdentity {
  readonly cluster: string;
  readonly taskId: string;
  readonly container: string;
}

/** Every task that runs here, of all clusters. */
export class LocalTasks {
  readonly #options: LocalTasksOptions;
  readonly #tasks = new Map<string, LocalTask>();
  readonly #containers = new Map<string, ContainerIdentity>();
  readonly #ports = new FreePorts();
  readonly #starting = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: LocalTasksOptions) {
    this.#options = options;
  }

  get(taskId: string): LocalTask | undefined {
    return this.#tasks.get(taskId);
  }

  whoHas(token: string): ContainerIdentity | undefined {
    return this.#containers.get(token);
  }

  start(request: StartTask): void {
    const { taskId, cluster } = request;
    const { isolation, region, cwd, directory, endpoint, watch, onError } = this.#options;
    const containers = request.containers.map((definition) => {
      const token = `${taskId}-${randomBytes(5).toString('hex')}`;
      this.#containers.set(token, { cluster, taskId, container: definition.name });
      return { definition, override: request.overrides.find(({ name }) => name === definition.name), token };
    });
    const onEnded = (): void => {
      for (const { token } of containers) this.#containers.delete(token);
      request.onEnded();
    };
    const task = new LocalTask({ taskId, containers, isolation, ports: this.#ports, endpoint: endpoint(), region, cwd, directory, watch, onEnded });
    this.#tasks.set(taskId, task);
    const starting = this.#start(task, request)
      .catch(onError)
      .finally(() => this.#starting.delete(starting));
    this.#starting.add(starting);
  }

  /** Nobody asks for the others again. */
  forgetUnless(isKnown: (taskId: string) => boolean): void {
    for (const taskId of this.#tasks.keys()) if (!isKnown(taskId)) this.#tasks.delete(taskId);
  }

  /** Leaves no process behind. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#starting);
    await Promise.all([...this.#tasks.values()].map((task) => task.close(graceMs)));
  }

  /** A task counts as started when it listens, or when it does not in time: what comes before is what pulling an image is on Fargate. */
  async #start(task: LocalTask, { taskId, isOfService, onStarted }: StartTask): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return;
    await task.start();
    const isListening = await task.listening({ budgetMs: this.#options.startTimeoutMs, signal });
    if (signal.aborted) return;
    this.#options.watch?.onListening(taskId, isListening);
    if (!(isOfService && task.isOver)) onStarted();
  }
}
