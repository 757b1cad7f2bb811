import path from 'node:path';
import { SpotproofError } from '@spotproof/core';
import { createWorld, getTask, isTaskOver, nextWakeAt, runningCount, step, type World, type WorldEffect, type WorldInput } from '@spotproof/world';
import type { NodeAddress } from '../balancer/protocol.ts';
import { epochNow } from '../epoch.ts';
import type { BalancerSummary, LabOptions, LabTask } from '../verdict/lab-run.ts';
import { BalancerProcess } from './balancer-process.ts';
import { awaitBalancer, noteBalancerReport } from './front.ts';
import { labFailure } from './ending.ts';
import type { FaultyTask } from './faults/faults.ts';
import { noteIsolation } from './note-isolation.ts';
import { protectionEnv } from './protection.ts';
import type { Stage, StageParts, StageTask } from './stage.ts';
import { TargetViews } from './target-views.ts';
import { TaskBook } from './task-book.ts';
import { awaitListening } from './tasks/await-listening.ts';
import { FreePorts } from './tasks/free-ports.ts';
import { inheritedEnv } from './tasks/inherited-env.ts';
import { findIsolation, type Isolation } from './tasks/isolation.ts';
import { startTaskProcess, type TaskProcess } from './tasks/task-process.ts';
import { SERVICE, serviceInputs, worldConfig } from './world-config.ts';

/** A world and a balancer of the run's own: effects become processes, signals and registrations, and what comes of them is told to the world. */
export class LocalStage implements Stage {
  readonly views: TargetViews;
  readonly #parts: StageParts;
  readonly #book: TaskBook;
  readonly #starting = new Set<Promise<void>>();
  readonly #ports = new FreePorts();
  readonly #balancerPorts = new Map<string, number>();
  #isolation: Isolation | undefined;
  #balancer: BalancerProcess | undefined;
  #world: World;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.#book = new TaskBook(parts);
    this.#world = createWorld(worldConfig(parts.lab.options));
    this.views = new TargetViews(() => this.nodes.map(({ name }) => name));
  }

  get pidNamespaces(): boolean | undefined {
    return this.#isolation === undefined ? undefined : this.#isolation.kind === 'pid-namespace';
  }

  get nodes(): readonly NodeAddress[] {
    return this.#balancer?.nodes ?? [];
  }

  get tasks(): readonly StageTask[] {
    return this.#book.tasks;
  }

  get running(): number {
    return runningCount(this.#world);
  }

  get balancerSummary(): BalancerSummary | undefined {
    return this.#balancer?.summary;
  }

  async open(): Promise<void> {
    const { lab } = this.#parts;
    this.#isolation = await findIsolation(lab.options.pidNamespaces);
    noteIsolation(lab, this.#isolation);
    lab.ending.signal.throwIfAborted();
    this.#balancer = this.#startBalancer();
    await awaitBalancer(lab, this);
  }

  begin(): Promise<void> {
    for (const input of serviceInputs(this.#parts.lab.options)) this.#give(input);
    return Promise.resolve();
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  interrupt(count: number | 'all'): void {
    this.#give({ type: 'interrupt-some', count });
  }

  isOver(taskId: string): boolean {
    return isTaskOver(this.#world, taskId);
  }

  faultyTask(taskId: string): FaultyTask | undefined {
    const task = this.#book.find(taskId);
    const state = getTask(this.#world, taskId);
    return task === undefined ? undefined : { isWanted: state?.state === 'RUNNING' && state.stop === undefined, pid: () => task.process.pid() };
  }

  async stopBalancer(options: { readonly graceMs: number; readonly signal: AbortSignal }): Promise<void> {
    await this.#balancer?.stop(options);
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    // A start that is under way sees that the stage is closed, and starts nothing.
    await Promise.all(this.#starting);
    this.#book.close();
    await Promise.all([
      ...this.#book.tasks.map(async ({ process: program }) => {
        if (program.end === undefined) await endTask(program, graceMs);
        await program.output.close();
      }),
      this.#balancer?.end(graceMs),
    ]);
  }

  labTasks(): Promise<readonly LabTask[]> {
    return this.#book.labTasks();
  }

  #startBalancer(): BalancerProcess {
    const { options, ending, changes, files, modules } = this.#parts.lab;
    return new BalancerProcess({
      modulePath: modules.balancer,
      logPath: path.join(options.runDirectory, 'balancer.log'),
      config: { ...options.balancer, recordsPath: files.balancerRecords, accessLogPath: files.accessLog },
      changes,
      onReport: (report) => {
        noteBalancerReport(this.#parts.lab, this.views, report);
        if (report.type !== 'target-health') return;
        // While tasks start, a check that fails says that the app is not ready yet; `startTasks` waits for that, and says so when it never is.
        const isUnderLoad = this.#parts.lab.journal.phases.controlAt !== undefined;
        if (this.views.isHealthyEverywhere(report.targetId)) this.#tellHealth(report.targetId, 'healthy');
        else if (isUnderLoad && this.views.isUnhealthyEverywhere(report.targetId)) this.#tellHealth(report.targetId, 'unhealthy');
      },
      onFailure: (message) => ending.fail(labFailure('balancer-failed', message)),
    });
  }

  /** What the target group makes of a task, on every node alike. */
  #tellHealth(taskId: string, health: 'healthy' | 'unhealthy'): void {
    if (getTask(this.#world, taskId)?.state === 'RUNNING') this.#give({ type: 'target-health', targetGroup: SERVICE, taskId, health });
  }

  #give(input: WorldInput): void {
    if (this.#isClosed) return;
    const at = epochNow();
    const { world, effects } = step(this.#world, input, at);
    this.#world = world;
    for (const effect of effects) {
      this.#book.noteEffect(effect, at);
      this.#apply(effect);
    }
    this.#armTimer();
    this.#parts.lab.changes.notify();
  }

  #armTimer(): void {
    clearTimeout(this.#timer);
    const wakeAt = nextWakeAt(this.#world);
    if (wakeAt === undefined) return;
    this.#timer = setTimeout(() => this.#give({ type: 'tick' }), Math.max(1, Math.ceil(wakeAt - epochNow())));
  }

  #apply(effect: WorldEffect): void {
    switch (effect.type) {
      case 'start-task':
        this.#startSoon(effect.taskId);
        return;
      case 'register-target':
        this.#balancer?.register({ id: effect.taskId, host: '127.0.0.1', port: this.#balancerPorts.get(effect.taskId) ?? 0 }, effect.lagMs);
        return;
      case 'deregister-target':
        this.#balancer?.deregister(effect.taskId, effect.lagMs);
        return;
      case 'send-signal':
        this.#book.find(effect.taskId)?.process.signal(effect.signal);
        return;
      case 'rejected':
        this.#parts.lab.ending.failWith(new SpotproofError('SPOTPROOF_INTERNAL', `The lab's own cloud refused ${effect.input}: ${effect.message}`));
        return;
      case 'task-state-changed':
      case 'placement-failed':
      case 'event':
        return;
    }
  }

  #startSoon(taskId: string): void {
    const starting = this.#start(taskId)
      .catch((error: unknown) => this.#parts.lab.ending.failWith(error))
      .finally(() => this.#starting.delete(starting));
    this.#starting.add(starting);
  }

  async #start(taskId: string): Promise<void> {
    const { lab, faults } = this.#parts;
    const { options } = lab;
    const port = await this.#ports.take();
    if (this.#isClosed || this.#isolation === undefined) return;
    this.#balancerPorts.set(taskId, await faults.admit(taskId, port));
    if (this.#isClosed) return;
    const reportPath = path.join(options.runDirectory, 'tasks', `${taskId}.drain.json`);
    const program = startTaskProcess({
      isolation: this.#isolation,
      command: options.command.map((argument, index) => (index === 0 ? argument : argument.replaceAll('{port}', String(port)))),
      cwd: options.cwd,
      env: { ...taskEnv(options, { port, reportPath }), ...lab.environmentOf(taskId) },
      port,
      outputPath: path.join(options.runDirectory, 'tasks', `${taskId}.log`),
    });
    this.#book.began({ id: taskId, name: taskId, process: program, reportPath });
    void program.ended.then(() => this.#ports.retire(port));
    void program.ended.then(() => this.#give({ type: 'task-exited', taskId }));

    const isListening = await awaitListening(program, { budgetMs: options.startTimeoutMs, signal: lab.ending.signal });
    if (this.#isClosed || program.end !== undefined) return;
    this.#book.noteListening(taskId, isListening);
    if (isListening) this.#give({ type: 'task-started', taskId });
    else program.signal('SIGKILL');
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
