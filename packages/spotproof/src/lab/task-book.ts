import type { WorldEffect } from '@spotproof/world';
import { epochNow } from '../epoch.ts';
import type { LabTask } from '../verdict/lab-run.ts';
import { makeLabTask } from './lab-tasks.ts';
import { readDrainReport } from './protection.ts';
import type { StageParts, StageTask } from './stage.ts';
import { ListenerWatch } from './tasks/listener-watch.ts';
import { describeEarlyEnd, describeEndBeforeLoad, describeNeverListened, listensOnLoopbackOnly } from './tasks/start-failure.ts';

interface BookedTask extends StageTask {
  readonly reportPath: string;
  interrupted: boolean;
}

/** Keeps the story of every task: what the world wants of it and what its process does, as events of the journal, and at the end as facts for the verdict. */
export class TaskBook {
  readonly #parts: StageParts;
  readonly #tasks = new Map<string, BookedTask>();
  readonly #replaces = new Map<string, string>();
  readonly #listeners = new ListenerWatch();
  readonly #hasListened = new Set<string>();
  readonly #toldToStop = new Set<string>();
  readonly #givenUp = new Set<string>();
  readonly #stoppedAtEnd = new Set<string>();
  #isClosed = false;

  constructor(parts: StageParts) {
    this.#parts = parts;
  }

  get tasks(): readonly StageTask[] {
    return [...this.#tasks.values()];
  }

  find(taskId: string): StageTask | undefined {
    return this.#tasks.get(taskId);
  }

  /** What the world wants. @param at The world's own time of it, so that what is recorded agrees with its rules: SIGKILL a whole stop timeout after SIGTERM. */
  noteEffect(effect: WorldEffect, at: number): void {
    if (this.#isClosed) return;
    const { journal } = this.#parts.lab;
    switch (effect.type) {
      case 'start-task':
        if (effect.replaces !== undefined) this.#replaces.set(effect.taskId, effect.replaces);
        return;
      case 'register-target':
        journal.event({ type: 'task-registered', at, taskId: effect.taskId });
        return;
      case 'deregister-target':
        journal.event({ type: 'task-deregistered', at, taskId: effect.taskId });
        return;
      case 'send-signal':
        this.#noteSignal(effect.taskId, effect.signal, at);
        return;
      case 'task-state-changed':
        journal.event({ type: 'task-state', at, taskId: effect.taskId, state: effect.state, reason: effect.reason });
        if (effect.reason !== undefined) this.#noteStop(effect.taskId);
        if (effect.state === 'DEACTIVATING' && effect.reason?.code === 'SpotInterruption') this.#noteInterruption(effect.taskId, at);
        return;
      case 'placement-failed':
        journal.warn(`Spot had no capacity for ${effect.missing} ${effect.missing === 1 ? 'replacement' : 'replacements'}, as the run was told.`);
        return;
      case 'rejected':
      case 'event':
        return;
    }
  }

  /** The command of a task runs. `reportPath`: where its runtime is to write what it says about its drain. */
  began(task: Omit<BookedTask, 'interrupted'>): void {
    const { id, process: program } = task;
    this.#tasks.set(id, { ...task, interrupted: false });
    if (this.#isClosed) this.#stoppedAtEnd.add(id);
    void program.ended.then(() => this.#noteEnd(id));
    // A run may take hundreds of tasks back: none may keep its file open until the end.
    void program.ended.then(() => program.output.close());
  }

  /** The task accepts connections, or does not within its time. */
  noteListening(taskId: string, isListening: boolean): void {
    const task = this.#tasks.get(taskId);
    if (this.#isClosed || task === undefined || task.process.end !== undefined) return;
    const { lab, onTaskFailure } = this.#parts;
    const { name, process: program } = task;
    if (!isListening) {
      this.#givenUp.add(taskId);
      onTaskFailure(describeNeverListened(name, program, lab.options), 'start');
      return;
    }
    if (listensOnLoopbackOnly(program.port)) {
      lab.journal.warn(
        'The app listens on the loopback address only. That works here, but on Fargate nothing could reach it: make it listen on 0.0.0.0 or ::.',
      );
    }
    this.#hasListened.add(taskId);
    lab.journal.event({ type: 'task-listening', at: epochNow(), taskId });
  }

  /** What follows is the lab clearing up. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listeners.stop();
    for (const { id, process: program } of this.#tasks.values()) if (program.end === undefined) this.#stoppedAtEnd.add(id);
  }

  async labTasks(): Promise<readonly LabTask[]> {
    const { options, journal } = this.#parts.lab;
    return Promise.all(
      [...this.#tasks.values()].map(async ({ id, name, process: { port, output, firstProcess, handlesSigterm }, reportPath }) =>
        makeLabTask(
          {
            id,
            name,
            port,
            replaces: this.#replaces.get(id),
            stoppedAtEnd: this.#stoppedAtEnd.has(id),
            announced: output.hasMarker,
            drainReport: options.protect ? await readDrainReport(reportPath) : undefined,
            firstProcess,
            handlesSigterm,
            saidAfterSigterm: output.linesAfterSigterm(),
            output: output.lines(),
            outputPath: output.path,
          },
          journal.timeline,
        ),
      ),
    );
  }

  #noteSignal(taskId: string, signal: 'SIGTERM' | 'SIGKILL', at: number): void {
    const task = this.#tasks.get(taskId);
    if (task === undefined) return;
    const { journal } = this.#parts.lab;
    journal.event({ type: 'task-signal', at, taskId, signal });
    if (signal === 'SIGTERM') this.#listeners.watch(task.process.port, (at) => journal.event({ type: 'task-listener-closed', at, taskId }));
  }

  #noteStop(taskId: string): void {
    this.#toldToStop.add(taskId);
    this.#parts.faults.dismiss(taskId);
  }

  #noteInterruption(taskId: string, at: number): void {
    this.#parts.lab.journal.event({ type: 'task-interrupted', at, taskId });
    const task = this.#tasks.get(taskId);
    if (task !== undefined) task.interrupted = true;
  }

  #noteEnd(taskId: string): void {
    const task = this.#tasks.get(taskId);
    if (this.#isClosed || task?.process.end === undefined) return;
    const { lab, onTaskFailure } = this.#parts;
    const { name, process: program } = task;
    const { at, code, signal } = task.process.end;
    const crashed = !this.#toldToStop.has(taskId) && !this.#givenUp.has(taskId);
    this.#listeners.finish(program.port);
    lab.journal.event({ type: 'task-exited', at, taskId, exitCode: code, exitSignal: signal, crashed });
    if (!crashed) return;
    if (this.#hasListened.has(taskId)) onTaskFailure(describeEndBeforeLoad(name, program), 'stay');
    else onTaskFailure(describeEarlyEnd(name, program, lab.options), 'start');
  }
}
