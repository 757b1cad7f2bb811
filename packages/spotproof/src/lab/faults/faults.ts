import path from 'node:path';
import { epochNow } from '../../epoch.ts';
import type { LabFault, PlannedFault } from '../../verdict/fault.ts';
import { stopBoundMs } from '../../verdict/faults/bound.ts';
import type { RelayFault } from '../../relay/protocol.ts';
import { labFailure } from '../ending.ts';
import type { Lab } from '../lab.ts';
import { FaultPlan } from './fault-plan.ts';
import { RelayProcess } from './relay-process.ts';
import { continueTree, stopTree } from './stalled-processes.ts';

/** What a fault needs to know of the task it hits. */
export interface FaultyTask {
  /** It runs and has not been told to stop. */
  readonly isWanted: boolean;
  pid(): number | undefined;
}

/** The faults of one run: relays before the tasks that they are planned for, and what has begun so far. */
export class Faults {
  readonly #lab: Lab;
  readonly #plan: FaultPlan;
  readonly #relays = new Map<string, RelayProcess>();
  readonly #begun: { planned: PlannedFault; taskId: string; beganAt: number; endedAt: number | undefined }[] = [];

  constructor(lab: Lab) {
    this.#lab = lab;
    this.#plan = new FaultPlan(lab.options.faults);
  }

  get begun(): readonly LabFault[] {
    return this.#begun;
  }

  /** A task starts. Resolves to the port that the balancer is to use for it: its own, or that of a relay before it. */
  async admit(taskId: string, port: number): Promise<number> {
    if (!this.#plan.admit(taskId)) return port;
    const { options, changes, ending, modules } = this.#lab;
    const relay = new RelayProcess({
      modulePath: modules.relay,
      logPath: path.join(options.runDirectory, 'relay.log'),
      targetPort: port,
      changes,
      signal: ending.signal,
      onFailure: (message) => ending.fail(labFailure('relay-failed', message)),
    });
    this.#relays.set(taskId, relay);
    const relayPort = await relay.port();
    if (relayPort === undefined) ending.fail(labFailure('relay-failed', `The fault relay of ${taskId} did not listen in time.`));
    return relayPort ?? port;
  }

  /** The task was told to stop, or has ended. */
  dismiss(taskId: string): void {
    this.#plan.dismiss(taskId);
  }

  /** Begins a planned fault on the task that it was promised to; says so when there is none. */
  async begin(planned: PlannedFault, taskOf: (taskId: string) => FaultyTask | undefined): Promise<void> {
    const { journal } = this.#lab;
    const taskId = this.#plan.begin(planned);
    const task = taskId === undefined ? undefined : taskOf(taskId);
    if (taskId === undefined || task?.isWanted !== true) {
      const who = taskId === undefined ? 'there was no task left for it' : `${taskId} was not running, or had been told to stop`;
      journal.warn(`The fault ${planned.kind} at ${planned.atMs / 1000} s hit nothing: ${who}.`);
      return;
    }
    const beganAt = planned.kind === 'stall' ? stall(task) : await this.#relays.get(taskId)?.begin(relayFault(planned.kind, planned.delayMs));
    if (beganAt === undefined) return;
    this.#begun.push({ planned, taskId, beganAt, endedAt: undefined });
    journal.event({ type: 'task-fault', at: beganAt, taskId, kind: planned.kind, change: 'began' });
  }

  /** Ends a fault that has begun; a task that is gone meanwhile needs no recovery. */
  async finish(planned: PlannedFault, taskOf: (taskId: string) => FaultyTask | undefined): Promise<void> {
    const fault = this.#begun.find((one) => one.planned === planned);
    if (fault === undefined) return;
    const pid = taskOf(fault.taskId)?.pid();
    if (planned.kind === 'stall' && pid !== undefined) continueTree(pid);
    fault.endedAt = (planned.kind === 'stall' ? undefined : await this.#relays.get(fault.taskId)?.finish()) ?? epochNow();
    this.#lab.journal.event({ type: 'task-fault', at: fault.endedAt, taskId: fault.taskId, kind: planned.kind, change: 'ended' });
  }

  /** Milliseconds from now until no node may send to any of the sick tasks any more, by the health checks alone; 0 when that is past. */
  get untilStoppedMs(): number {
    const boundMs = stopBoundMs(this.#lab.options.balancer.healthCheck) + SLACK_MS;
    return Math.max(0, ...this.#begun.map(({ beganAt }) => beganAt + boundMs - epochNow()));
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#relays.values()].map((relay) => relay.close(graceMs)));
  }
}

function stall(task: FaultyTask): number | undefined {
  const pid = task.pid();
  if (pid === undefined) return undefined;
  stopTree(pid);
  // Only now does it hold for all of them: what was answered before is no part of it.
  return epochNow();
}

function relayFault(kind: 'hang' | '5xx' | 'slow', delayMs: number): RelayFault {
  return kind === 'slow' ? { kind, delayMs } : { kind };
}

/** For a balancer on a busy machine. */
const SLACK_MS = 1000;
