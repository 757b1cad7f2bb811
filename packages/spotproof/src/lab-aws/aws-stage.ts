import path from 'node:path';
import { describeService, describeTask, getTask, isTaskOver, type DeliveryProfile, type WorldEffect } from '@spotproof/world';
import type { NodeAddress } from '../balancer/protocol.ts';
import { createCloud, type Cloud } from '../cloud/create-cloud.ts';
import type { BalancerWatch, CloudWatch } from '../cloud/watch.ts';
import { CloudFault } from '../cloud/wire/fault.ts';
import type { BalancerProcess } from '../lab/balancer-process.ts';
import { labFailure } from '../lab/ending.ts';
import { awaitBalancer, noteBalancerReport } from '../lab/front.ts';
import { noteIsolation } from '../lab/note-isolation.ts';
import type { MakeStage, Stage, StageParts, StageTask } from '../lab/stage.ts';
import { TargetViews } from '../lab/target-views.ts';
import { TaskBook } from '../lab/task-book.ts';
import type { TaskProcess } from '../lab/tasks/task-process.ts';
import { shortTaskId } from '../task-id.ts';
import type { BalancerSummary, LabTask } from '../verdict/lab-run.ts';
import { refuseWhatBreaksTheRun } from './admit.ts';
import { RunningController } from './controller.ts';
import { createFront, createServices, endGracePeriod, type Front, withdrawSpot } from './create-service.ts';
import { CLUSTER, PRIMARY } from './names.ts';

export interface AwsStageOptions {
  /** Of 127.0.0.1, for AWS clients; 0 for any free one. */
  readonly port: number;
  /** How events reach their rules. */
  readonly delivery: DeliveryProfile;
  /** The module that runs the capacity controller as a process; undefined for a run without one. */
  readonly controllerModule: string | undefined;
}

/** A service on the local AWS, which other AWS clients see and change while the run goes on. Whatever they make besides is let be. */
export function awsStage(options: AwsStageOptions): MakeStage {
  return (parts) => new AwsStage(parts, options);
}

class AwsStage implements Stage, CloudWatch {
  readonly views: TargetViews;
  readonly #parts: StageParts;
  readonly #options: AwsStageOptions;
  readonly #book: TaskBook;
  /** Tasks of services, as people read them; what RunTask starts gets no requests and is not judged. */
  readonly #names = new Map<string, string>();
  #cloud: Cloud | undefined;
  #front: Front | undefined;
  #balancer: BalancerProcess | undefined;
  #controller: RunningController | undefined;
  #isOver = false;

  constructor(parts: StageParts, options: AwsStageOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#book = new TaskBook(parts);
    this.views = new TargetViews(() => this.nodes.map(({ name }) => name));
  }

  get pidNamespaces(): boolean | undefined {
    return this.#cloud === undefined ? undefined : this.#cloud.isolation.kind === 'pid-namespace';
  }

  get nodes(): readonly NodeAddress[] {
    return this.#balancer?.nodes ?? [];
  }

  get tasks(): readonly StageTask[] {
    return this.#book.tasks;
  }

  get running(): number {
    const world = this.#cloud?.worldOf(CLUSTER);
    return (world === undefined ? undefined : describeService(world, PRIMARY)?.runningCount) ?? 0;
  }

  get balancerSummary(): BalancerSummary | undefined {
    return this.#balancer?.summary;
  }

  async open(): Promise<void> {
    const { lab } = this.#parts;
    const { options, listener, journal, ending } = lab;
    const cloud = await createCloud({
      directory: options.runDirectory,
      port: this.#options.port,
      delivery: this.#options.delivery,
      deregistration: options.deregistration,
      maxNodeLagMs: options.maxNodeLagMs,
      replacement: options.replacement === 'after-stopped' ? 'after-stopped' : 'at-notice',
      startTimeoutMs: options.startTimeoutMs,
      seed: options.seed % MAX_SEED,
      cwd: options.cwd,
      pidNamespaces: options.pidNamespaces,
      admit: refuseWhatBreaksTheRun,
      watch: this,
      onTrouble: (message) => {
        if (!this.#isOver) journal.warn(message);
      },
    });
    this.#cloud = cloud;
    noteIsolation(lab, cloud.isolation);
    ending.signal.throwIfAborted();
    this.#front = await createFront(cloud, options);
    await awaitBalancer(lab, this);
    listener.onProgress({ type: 'aws', environment: cloud.environment, cluster: CLUSTER, service: PRIMARY, url: this.#front.url });
  }

  async begin(): Promise<void> {
    const { options, limits } = this.#parts.lab;
    const { cloud, front } = this.#opened();
    if (options.replacement === 'never') withdrawSpot(cloud, options.tasks);
    const withTwin = this.#options.controllerModule !== undefined;
    await createServices(cloud, front, { options, withTwin, gracePeriodMs: limits.healthMs });
  }

  /** From now on ECS replaces a task whose checks fail; and now there is something for the controller to keep. */
  async ready(): Promise<void> {
    const { lab } = this.#parts;
    const { cloud } = this.#opened();
    const { controllerModule } = this.#options;
    await endGracePeriod(cloud, controllerModule !== undefined);
    if (controllerModule === undefined) return;
    this.#controller = await RunningController.start(lab, cloud, controllerModule);
  }

  interrupt(count: number | 'all'): void {
    try {
      this.#opened().cloud.control.interrupt({ cluster: CLUSTER, service: PRIMARY, count });
    } catch (error) {
      if (!(error instanceof CloudFault)) throw error;
      this.#parts.lab.journal.warn(`No task of ${PRIMARY} could be interrupted: ${error.message}`);
    }
  }

  isOver(taskId: string): boolean {
    const world = this.#cloud?.worldOf(CLUSTER);
    return world === undefined || getTask(world, taskId) === undefined || isTaskOver(world, taskId);
  }

  /** There are no faults here. */
  faultyTask(): undefined {
    return undefined;
  }

  async stopBalancer(options: { readonly graceMs: number; readonly signal: AbortSignal }): Promise<void> {
    this.#isOver = true;
    await this.#balancer?.stop(options);
  }

  async close(graceMs: number): Promise<void> {
    this.#isOver = true;
    this.#book.close();
    await this.#controller?.close(graceMs);
    await this.#cloud?.close(graceMs);
  }

  labTasks(): Promise<readonly LabTask[]> {
    return this.#book.labTasks();
  }

  onEffect(cluster: string, effect: WorldEffect, at: number): void {
    if (cluster !== CLUSTER || !this.#concernsService(effect)) return;
    this.#book.noteEffect(effect, at);
    this.#warnOfEarlyStop(effect);
    this.#parts.lab.changes.notify();
  }

  environmentOf(taskId: string, port: number): Readonly<Record<string, string>> {
    const { lab } = this.#parts;
    const { portEnv, protect } = lab.options;
    return { [portEnv]: String(port), ...(protect ? { SPOTPROOF_REPORT: this.#reportPath(taskId) } : {}), ...lab.environmentOf(taskId) };
  }

  /** The first container of a task that has a port is what the run is about. */
  onContainer(taskId: string, program: TaskProcess): void {
    const name = this.#names.get(taskId);
    if (name === undefined || program.port === 0 || this.#book.find(taskId) !== undefined) return;
    this.#book.began({ id: taskId, name, process: program, reportPath: this.#reportPath(taskId) });
  }

  onListening(taskId: string, isListening: boolean): void {
    this.#book.noteListening(taskId, isListening);
  }

  /** The first listener is that of the run. */
  onListener(): BalancerWatch | undefined {
    if (this.#balancer !== undefined) return undefined;
    const { lab } = this.#parts;
    const { finLagMs, adversary } = lab.options.balancer;
    return {
      config: { recordsPath: lab.files.balancerRecords, accessLogPath: lab.files.accessLog, finLagMs, adversary },
      onStarted: (balancer) => {
        this.#balancer = balancer;
      },
      onReport: (report) => {
        noteBalancerReport(lab, this.views, report);
        lab.changes.notify();
      },
      onFailure: (message) => lab.ending.fail(labFailure('balancer-failed', message)),
    };
  }

  /** Whoever stops tasks before the interruption phase may take what is lost by it for judged. */
  #warnOfEarlyStop(effect: WorldEffect): void {
    if (effect.type !== 'task-state-changed' || effect.state !== 'DEACTIVATING') return;
    const { journal } = this.#parts.lab;
    if (journal.phases.controlAt === undefined || journal.phases.interruptionAt !== undefined) return;
    journal.warn(
      'Tasks were stopped in the control phase, whose losses count only with --strict. To have them judged, wait for the interruption phase.',
    );
  }

  #concernsService(effect: WorldEffect): boolean {
    if (effect.type === 'placement-failed') return effect.service === PRIMARY;
    if (!('taskId' in effect)) return false;
    // Somebody may put a second load balancer before the service.
    if ('targetGroup' in effect && effect.targetGroup !== this.#front?.targetGroupArn) return false;
    const { taskId } = effect;
    if (this.#names.has(taskId)) return true;
    const world = this.#cloud?.worldOf(CLUSTER);
    const [, service] = /^service:(.*)$/.exec((world === undefined ? undefined : describeTask(world, taskId)?.group) ?? '') ?? [];
    if (service === undefined) return false;
    this.#names.set(taskId, service === PRIMARY ? shortTaskId(taskId) : `${shortTaskId(taskId)} (${service})`);
    return true;
  }

  #reportPath(taskId: string): string {
    return path.join(this.#parts.lab.options.runDirectory, 'tasks', `${taskId}.drain.json`);
  }

  #opened(): { readonly cloud: Cloud; readonly front: Front } {
    const [cloud, front] = [this.#cloud, this.#front];
    if (cloud === undefined || front === undefined) throw new Error('the stage was not opened');
    return { cloud, front };
  }
}

/** The worlds of the cloud draw from multiples of it. */
const MAX_SEED = 1_000_000_000;
