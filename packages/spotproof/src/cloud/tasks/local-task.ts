import path from 'node:path';
import { awaitListening } from '../../lab/tasks/await-listening.ts';
import type { FreePorts } from '../../lab/tasks/free-ports.ts';
import type { Isolation } from '../../lab/tasks/isolation.ts';
import { startTaskProcess, type TaskProcess } from '../../lab/tasks/task-process.ts';
import type { CloudWatch } from '../watch.ts';
import { type ContainerDefinition, type ContainerOverride, isEssential, portsOf, stopTimeoutMs } from './container-definition.ts';
import { containerCommand, containerEnvironment } from './container-environment.ts';

export interface LocalTaskOptions {
  readonly taskId: string;
  readonly containers: readonly LocalContainer[];
  readonly isolation: Isolation;
  readonly ports: FreePorts;
  readonly endpoint: string;
  readonly region: string;
  readonly cwd: string;
  /** Where the output of the containers goes. */
  readonly directory: string;
  readonly watch: CloudWatch | undefined;
  /** All containers have ended. Called once, also when none was ever started. */
  readonly onEnded: () => void;
}

export interface LocalContainer {
  readonly definition: ContainerDefinition & { readonly name: string };
  readonly override: ContainerOverride | undefined;
  readonly token: string;
}

/** The containers of one task, as processes. They start together, and when an essential one ends the others are told to. */
export class LocalTask {
  readonly #options: LocalTaskOptions;
  readonly #ports = new Map<number, number>();
  readonly #processes = new Map<string, TaskProcess>();
  readonly #kills: NodeJS.Timeout[] = [];
  #isStopping = false;
  #hasEnded = false;

  constructor(options: LocalTaskOptions) {
    this.#options = options;
  }

  /** The port of this machine behind a container port; undefined while there is none. */
  portOf(containerPort: number): number | undefined {
    return this.#ports.get(containerPort);
  }

  /** Undefined while the container runs, and when it never did. */
  exitCodeOf(container: string): number | undefined {
    return this.#processes.get(container)?.end?.code;
  }

  hasEnded(container: string): boolean {
    return this.#hasEnded || this.#processes.get(container)?.end !== undefined;
  }

  /** An essential container has ended. */
  get isOver(): boolean {
    return this.#options.containers.some(({ definition }) => isEssential(definition) && this.hasEnded(definition.name));
  }

  /** Resolves when the containers run. A task that was told to stop meanwhile starts nothing. */
  async start(): Promise<void> {
    const { containers, ports } = this.#options;
    for (const port of new Set(containers.flatMap(({ definition }) => portsOf(definition)))) this.#ports.set(port, await ports.take());
    if (this.#isStopping) {
      this.#end();
      return;
    }
    for (const container of containers) this.#startContainer(container);
  }

  /** Resolves when every container with a port accepts connections on its first one (true), has ended, or `budgetMs` are over. */
  async listening(options: { readonly budgetMs: number; readonly signal: AbortSignal }): Promise<boolean> {
    const serving = [...this.#processes.values()].filter(({ port }) => port > 0);
    const answers = await Promise.all(serving.map((program) => awaitListening(program, options)));
    return answers.every(Boolean);
  }

  /** What the task is told from outside. Whoever says SIGTERM says SIGKILL when the longest stop timeout of a container is over. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const longestMs = Math.max(...this.#options.containers.map(({ definition }) => stopTimeoutMs(definition)));
    this.#tell(signal, (definition) => stopTimeoutMs(definition) < longestMs);
  }

  #tell(signal: 'SIGTERM' | 'SIGKILL', killsItself: (definition: ContainerDefinition) => boolean): void {
    this.#isStopping = true;
    for (const { definition } of this.#options.containers) {
      const program = this.#processes.get(definition.name);
      if (program === undefined || program.end !== undefined) continue;
      program.signal(signal);
      if (signal === 'SIGTERM' && killsItself(definition)) this.#kills.push(setTimeout(() => program.signal('SIGKILL'), stopTimeoutMs(definition)));
    }
  }

  /** Ends what still runs: SIGTERM, and SIGKILL `graceMs` later. Resolves when it is gone. */
  async close(graceMs: number): Promise<void> {
    this.#isStopping = true;
    const running = [...this.#processes.values()].filter(({ end }) => end === undefined);
    if (graceMs > 0) for (const program of running) program.signal('SIGTERM');
    const kill = setTimeout(() => {
      for (const program of running) program.signal('SIGKILL');
    }, graceMs);
    await Promise.all([...this.#processes.values()].map(({ ended }) => ended));
    clearTimeout(kill);
    await Promise.all([...this.#processes.values()].map(({ output }) => output.close()));
  }

  #startContainer({ definition, override, token }: LocalContainer): void {
    const { taskId, isolation, endpoint, region, cwd, directory, watch } = this.#options;
    const setting = { definition, override, token, ports: this.#ports, endpoint, region };
    const [containerPort] = portsOf(definition);
    const port = containerPort === undefined ? 0 : (this.#ports.get(containerPort) ?? 0);
    const program = startTaskProcess({
      isolation,
      command: containerCommand(setting),
      cwd: definition.workingDirectory ?? cwd,
      env: { ...containerEnvironment(setting), ...(port === 0 ? {} : watch?.environmentOf(taskId, port)) },
      port,
      outputPath: path.join(directory, `${taskId}.${definition.name}.log`),
    });
    this.#processes.set(definition.name, program);
    watch?.onContainer(taskId, program);
    void this.#awaitEnd(program, definition);
  }

  async #awaitEnd(program: TaskProcess, definition: ContainerDefinition): Promise<void> {
    await program.ended;
    await program.output.close();
    if (isEssential(definition) && !this.#isStopping) this.#tell('SIGTERM', () => true);
    if ([...this.#processes.values()].every(({ end }) => end !== undefined)) this.#end();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const kill of this.#kills) clearTimeout(kill);
    for (const port of this.#ports.values()) this.#options.ports.giveBack(port);
    this.#options.onEnded();
  }
}
