import path from 'node:path';
import { SpotproofError } from '@spotproof/core';
import { createWorld, getTask, isTaskOver, nextWakeAt, runningCount, step, type World, type WorldEffect, type WorldInput } from '@spotproof/world';
import type { LabFailure, LabOptions, LabTask } from '../verdict/lab-run.ts';
import type { BalancerProcess } from './balancer-process.ts';
import type { Changes } from './changes.ts';
import type { Faults, FaultyTask } from './faults/faults.ts';
import type { Journal } from './journal.ts';
import { makeLabTask } from './lab-tasks.ts';
import { protectionEnv, readDrainReport } from './protection.ts';
import { awaitListening } from './tasks/await-listening.ts';
import { FreePorts } from './tasks/free-ports.ts';
import { inheritedEnv } from './tasks/inherited-env.ts';
import type { Isolation } from './tasks/isolation.ts';
import { ListenerWatch } from './tasks/listener-watch.ts';
import { describeEarlyEnd, describeEndBeforeLoad, describeNeverListened, listensOnLoopbackOnly } from './tasks/start-failure.ts';
import { startTaskProcess, type TaskProcess } from './tasks/task-process.ts';
import { epochNow } from '../epoch.ts';
import { SERVICE, serviceInputs, worldConfig } from './world-config.ts';

export interface LocalCloudOptions {
  readonly lab: LabOptions;
  readonly isolation: Isolation;
  readonly balancer: BalancerProcess;
  readonly journal: Journal;
  readonly changes: Changes;
  readonly signal: AbortSignal;
  readonly faults: Faults;
  /** A task did not come up (`start`), or ended without having been told to after it had (`stay`). */
  readonly onTaskFailure: (failure: LabFailure, what: 'start' | 'stay') => void;
  /** A task could not even be tried, and that is not the app's fault. */
  readonly onError: (error: unknown) => void;
}

/** One task with its real process. */
export interface CloudTask {
  readonly id: string;
  readonly replaces: string | undefined;
  readonly process: TaskProcess;
  /** The port that the balancer uses: the app's own, or that of a fault relay before it. */
  readonly balancerPort: number;
  readonly reportPath: string;
  readonly interrupted: boolean;
}

/** The world on the real clock: its effects become processes, signals and registrations, and what comes of them is told to it. */
export class LocalCloud {
  readonly #options: LocalCloudOptions;
  readonly #tasks = new Map<string, CloudTask>();
  readonly #starting = new Set<Promise<void>>();
  readonly #ports = new FreePorts();
  readonly #listeners = new ListenerWatch();
  readonly #stoppedAtEnd = new Set<string>();
  readonly #givenUp = new Set<string>();
  #world: World;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: LocalCloudOptions) {
    this.#options = options;
    this.#world = createWorld(worldConfig(options.lab));
  }

  get tasks(): readonly CloudTask[] {
    return [...this.#tasks.values()];
  }

  /** How many tasks run and have not been told to stop. */
  get running(): number {
    return runningCount(this.#world);
  }

  /** Nothing more will happen to the task: it is STOPPED, and deregistered if it ever will be. */
  isOver(taskId: string): boolean {
    return isTaskOver(this.#world, taskId);
  }

  begin(): void {
    for (const input of serviceInputs(this.#options.lab)) this.#give(input);
  }

  /** The Spot notice for so many of the running tasks. */
  interrupt(count: number | 'all'): void {
    this.#give({ type: 'interrupt-some', count });
  }

  /** What the target group makes of a task, on every node alike. */
  tellHealth(taskId: string, health: 'healthy' | 'unhealthy'): void {
    if (getTask(this.#world, taskId)?.state === 'RUNNING') this.#give({ type: 'target-health', targetGroup: SERVICE, taskId, health });
  }

  /** What a fault is to hit; undefined for a task that there never was. */
  faultyTask(taskId: string): FaultyTask | undefined {
    const task = this.#tasks.get(taskId);
    const state = getTask(this.#world, taskId);
    return task === undefined ? undefined : { isWanted: state?.state === 'RUNNING' && state.stop === undefined, pid: () => task.process.pid() };
  }

  /** Ends everything that still runs, with a SIGTERM first and SIGKILL `graceMs` later, and waits until it is gone. Safe to call twice. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#listeners.stop();
    // A start that is under way sees that the cloud is closed, and starts nothing.
    await Promise.all(this.#starting);
    await Promise.all(
      this.tasks.map(async ({ id, process: program }) => {
        if (program.end === undefined) {
          this.#stoppedAtEnd.add(id);
          await endTask(program, graceMs);
        }
        await program.output.close();
      }),
    );
  }

  /** What became of the tasks. Complete only after {@link close}. */
  async labTasks(): Promise<readonly LabTask[]> {
    return Promise.all(
      this.tasks.map(async (task) =>
        makeLabTask(
          {
            id: task.id,
            port: task.process.port,
            replaces: task.replaces,
            stoppedAtEnd: this.#stoppedAtEnd.has(task.id),
            announced: task.process.output.hasMarker,
            drainReport: this.#options.lab.protect ? await readDrainReport(task.reportPath) : undefined,
            output: task.process.output.lines(),
            outputPath: task.process.output.path,
          },
          this.#options.journal.timeline,
        ),
      ),
    );
  }

  #give(input: WorldInput): void {
    if (this.#isClosed) return;
    const at = epochNow();
    const { world, effects } = step(this.#world, input, at);
    this.#world = world;
    for (const effect of effects) this.#apply(effect, at);
    this.#armTimer();
    this.#options.changes.notify();
  }

  #armTimer(): void {
    clearTimeout(this.#timer);
    const wakeAt = nextWakeAt(this.#world);
    if (wakeAt === undefined) return;
    this.#timer = setTimeout(() => this.#give({ type: 'tick' }), Math.max(1, Math.ceil(wakeAt - epochNow())));
  }

  /** @param at The world's own time of it, so that what is recorded agrees with its rules: SIGKILL a whole stop timeout after SIGTERM. */
  #apply(effect: WorldEffect, at: number): void {
    const { journal, balancer } = this.#options;
    switch (effect.type) {
      case 'start-task':
        this.#startSoon(effect.taskId, effect.replaces);
        return;
      case 'register-target':
        journal.event({ type: 'task-registered', at, taskId: effect.taskId });
        balancer.register({ id: effect.taskId, host: '127.0.0.1', port: this.#portOf(effect.taskId) }, effect.lagMs);
        return;
      case 'deregister-target':
        journal.event({ type: 'task-deregistered', at, taskId: effect.taskId });
        balancer.deregister(effect.taskId, effect.lagMs);
        return;
      case 'send-signal':
        this.#signal(effect, at);
        return;
      case 'task-state-changed':
        journal.event({ type: 'task-state', at, taskId: effect.taskId, state: effect.state, reason: effect.reason });
        if (effect.reason !== undefined) this.#options.faults.dismiss(effect.taskId);
        if (effect.state === 'DEACTIVATING' && effect.reason?.code === 'SpotInterruption') this.#noteInterruption(effect.taskId, at);
        return;
      case 'placement-failed':
        journal.warn(`Spot had no capacity for ${effect.missing} ${effect.missing === 1 ? 'replacement' : 'replacements'}, as the run was told.`);
        return;
      case 'rejected':
        this.#options.onError(new SpotproofError('SPOTPROOF_INTERNAL', `The lab's own cloud refused ${effect.input}: ${effect.message}`));
        return;
      case 'event':
        return;
    }
  }

  #startSoon(taskId: string, replaces: string | undefined): void {
    const starting = this.#start(taskId, replaces)
      .catch((error: unknown) => this.#options.onError(error))
      .finally(() => this.#starting.delete(starting));
    this.#starting.add(starting);
  }

  async #start(taskId: string, replaces: string | undefined): Promise<void> {
    const { lab, isolation, journal, signal, faults } = this.#options;
    const port = await this.#ports.take();
    if (this.#isClosed) return;
    const balancerPort = await faults.admit(taskId, port);
    if (this.#isClosed) return;
    const reportPath = path.join(lab.runDirectory, 'tasks', `${taskId}.drain.json`);
    const program = startTaskProcess({
      isolation,
      command: lab.command.map((argument, index) => (index === 0 ? argument : argument.replaceAll('{port}', String(port)))),
      cwd: lab.cwd,
      env: taskEnv(lab, { port, reportPath }),
      port,
      outputPath: path.join(lab.runDirectory, 'tasks', `${taskId}.log`),
    });
    this.#tasks.set(taskId, { id: taskId, replaces, process: program, balancerPort, reportPath, interrupted: false });
    void program.ended.then(() => this.#onEnded(taskId, program));
    // A run may take hundreds of tasks back: none may keep its file open until the end.
    void program.ended.then(() => program.output.close());

    const isListening = await awaitListening(program, { budgetMs: lab.startTimeoutMs, signal });
    if (this.#isClosed || program.end !== undefined) return;
    if (!isListening) {
      this.#givenUp.add(taskId);
      this.#options.onTaskFailure(describeNeverListened(taskId, program, lab), 'start');
      program.signal('SIGKILL');
      return;
    }
    if (listensOnLoopbackOnly(port)) {
      journal.warn(
        'The app listens on the loopback address only. That works here, but on Fargate nothing could reach it: make it listen on 0.0.0.0 or ::.',
      );
    }
    journal.event({ type: 'task-listening', at: epochNow(), taskId });
    this.#give({ type: 'task-started', taskId });
  }

  #onEnded(taskId: string, program: TaskProcess): void {
    if (this.#isClosed || program.end === undefined) return;
    const { journal, lab, onTaskFailure } = this.#options;
    const before = getTask(this.#world, taskId);
    const crashed = before?.stop === undefined && !this.#givenUp.has(taskId);
    this.#listeners.finish(program.port);
    journal.event({ type: 'task-exited', at: program.end.at, taskId, exitCode: program.end.code, exitSignal: program.end.signal, crashed });
    if (crashed && before?.ran === true) onTaskFailure(describeEndBeforeLoad(taskId, program), 'stay');
    else if (crashed) onTaskFailure(describeEarlyEnd(taskId, program, lab), 'start');
    this.#give({ type: 'task-exited', taskId });
  }

  #signal({ taskId, signal }: Extract<WorldEffect, { readonly type: 'send-signal' }>, at: number): void {
    const task = this.#tasks.get(taskId);
    if (task === undefined) return;
    const { journal } = this.#options;
    task.process.signal(signal);
    journal.event({ type: 'task-signal', at, taskId, signal });
    if (signal === 'SIGTERM') this.#listeners.watch(task.process.port, (at) => journal.event({ type: 'task-listener-closed', at, taskId }));
  }

  #noteInterruption(taskId: string, at: number): void {
    this.#options.journal.event({ type: 'task-interrupted', at, taskId });
    const task = this.#tasks.get(taskId);
    if (task !== undefined) this.#tasks.set(taskId, { ...task, interrupted: true });
  }

  #portOf(taskId: string): number {
    return this.#tasks.get(taskId)?.balancerPort ?? 0;
  }
}

async function endTask(program: TaskProcess, graceMs: number): Promise<void> {
  if (graceMs > 0) program.signal('SIGTERM');
  const kill = setTimeout(() => program.signal('SIGKILL'), graceMs);
  await program.ended;
  clearTimeout(kill);
}

function taskEnv(lab: LabOptions, task: { readonly port: number; readonly reportPath: string }): Readonly<Record<string, string>> {
  const env = { ...inheritedEnv(), ...lab.env, [lab.portEnv]: String(task.port) };
  if (!lab.protect) return env;
  return { ...env, ...protectionEnv({ nodeOptions: env['NODE_OPTIONS'], stopTimeoutMs: lab.stopTimeoutMs, reportPath: task.reportPath }) };
}
