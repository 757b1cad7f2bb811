import type { LabProgress } from '../lab/listener.ts';
import { shortTaskId } from '../task-id.ts';
import type { LabEvent } from '../verdict/lab-run.ts';
import type { LiveEvent, TaskEvent } from './events.ts';

/** What the lab reports of itself, as the page is told it; undefined for what it does not show. `now` dates what has no time of its own. */
export function liveEvent(progress: LabProgress, now: number): LiveEvent | undefined {
  switch (progress.type) {
    case 'phase':
      return { type: 'phase', at: progress.at, phase: progress.phase };
    case 'isolation':
      return progress.pidNamespaces
        ? undefined
        : { type: 'note', at: now, text: `Tasks run without PID namespaces: ${progress.why ?? 'not possible here'}.` };
    case 'protection':
      // The label of the run says it.
      return undefined;
    case 'task':
      return { type: 'task', at: progress.event.at, taskId: shortTaskId(progress.event.taskId), change: taskChange(progress.event) };
    case 'target-health': {
      const { at, node, targetId, state, reason } = progress.report;
      return { type: 'target', at, node, taskId: shortTaskId(targetId), state, reason };
    }
    case 'load': {
      const { at, sent, ended, byOutcome } = progress.report;
      return { type: 'load', at, sent, ended, byOutcome };
    }
    case 'balancer':
      return { type: 'balancer', at: progress.report.at, inFlight: progress.report.inFlight };
    case 'aws':
      return {
        type: 'note',
        at: now,
        text: `Service ${progress.service} of cluster ${progress.cluster} at ${progress.environment['AWS_ENDPOINT_URL']}.`,
      };
    case 'controller':
      return { type: 'controller', at: progress.at, decision: progress.decision };
    case 'work': {
      const { expected, done, doubled, absorbed } = progress.figures;
      return { type: 'work', at: progress.at, expected, done, doubled, absorbed };
    }
    case 'warning':
      return { type: 'note', at: now, text: progress.sentence };
  }
}

function taskChange(event: LabEvent): TaskEvent['change'] {
  switch (event.type) {
    case 'task-state':
      return { kind: 'state', state: event.state };
    case 'task-listening':
      return { kind: 'listening' };
    case 'task-registered':
      return { kind: 'registered' };
    case 'task-interrupted':
      return { kind: 'interrupted' };
    case 'task-deregistered':
      return { kind: 'deregistered' };
    case 'task-listener-closed':
      return { kind: 'listener-closed' };
    case 'task-signal':
      return { kind: 'signal', signal: event.signal };
    case 'task-fault':
      return { kind: event.change === 'began' ? 'fault-began' : 'fault-ended', fault: event.kind };
    case 'task-exited':
      return { kind: 'exited', exit: String(event.exitSignal ?? event.exitCode ?? 'unknown'), crashed: event.crashed };
  }
}
