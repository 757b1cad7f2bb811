import { controllerSentence } from './controller-sentence.ts';
import type { LabListener, LabProgress } from '../../lab/listener.ts';
import { shortTaskId } from '../../task-id.ts';
import type { LabEvent } from '../../verdict/lab-run.ts';

export interface ProgressOptions {
  /** Where lines go: standard error, so that `--json` keeps standard output to itself. */
  readonly write: (text: string) => void;
  /** A terminal: the line of the load is repainted in place. */
  readonly live: boolean;
  /** Before each line; empty for a single run. */
  readonly label: string;
}

/** Shows a run while it goes on: one line for whatever happens to a task, one for the load. */
export function progressListener({ write, live, label }: ProgressOptions): LabListener {
  const names = new Map<string, string>();
  let startedAt: number | undefined;
  let latestAt = 0;
  let painted = false;
  let work = '';

  const line = (at: number, text: string): void => {
    startedAt ??= at;
    latestAt = at;
    const seconds = ((at - startedAt) / 1000).toFixed(1).padStart(6);
    write(`${painted ? '\r\u001B[K' : ''}${label}${seconds} s  ${text}\n`);
    painted = false;
  };
  const paint = (at: number, text: string): void => {
    if (!live) return;
    startedAt ??= at;
    write(`\r\u001B[K${label}${((at - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}`);
    painted = true;
  };
  const nameOf = (taskId: string): string => {
    const short = shortTaskId(taskId);
    const name = names.get(taskId) ?? (short === taskId ? `task ${names.size + 1}` : `task ${short}`);
    names.set(taskId, name);
    return name;
  };

  return {
    onProgress: (progress) => {
      const now = progressTime(progress);
      if (progress.type === 'aws') {
        write(awsLines(progress));
        return;
      }
      if (progress.type === 'work') {
        const { expected, done, doubled } = progress.figures;
        work = `, ${done} of ${expected} pieces of work done, ${doubled} doubled`;
        return;
      }
      if (progress.type === 'load') {
        const { sent, ended, byOutcome } = progress.report;
        paint(progress.report.at, `${sent} sent, ${ended} ended, ${ended - (byOutcome.answered ?? 0)} not answered${work}`);
        return;
      }
      const text = sentence(progress, nameOf);
      if (text !== undefined) line(now ?? latestAt, text);
    },
  };
}

function progressTime(progress: LabProgress): number | undefined {
  switch (progress.type) {
    case 'phase':
    case 'controller':
    case 'work':
      return progress.at;
    case 'task':
      return progress.event.at;
    case 'load':
    case 'balancer':
    case 'target-health':
      return progress.report.at;
    case 'isolation':
    case 'protection':
    case 'aws':
    case 'warning':
      return undefined;
  }
}

function sentence(progress: LabProgress, nameOf: (taskId: string) => string): string | undefined {
  switch (progress.type) {
    case 'phase':
      return PHASES[progress.phase];
    case 'isolation':
      return progress.pidNamespaces ? undefined : `tasks run without PID namespaces: ${progress.why ?? 'not possible here'}`;
    case 'protection':
      return `protected with ${Object.entries(progress.env)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`;
    case 'task':
      return taskSentence(progress.event, nameOf);
    case 'target-health':
      return progress.report.state === 'unhealthy' ? `${progress.report.node} finds ${nameOf(progress.report.targetId)} unhealthy` : undefined;
    case 'warning':
      return `note: ${progress.sentence}`;
    case 'controller':
      return controllerSentence(progress.decision);
    case 'load':
    case 'balancer':
    case 'aws':
    case 'work':
      return undefined;
  }
}

/** Without times before them: they are to be pasted into another shell. */
function awsLines({ environment, cluster, service, url }: Extract<LabProgress, { readonly type: 'aws' }>): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${value}\n`);
  return `${exports.join('')}The service is ${service} in the cluster ${cluster}, its load balancer ${url}. Until the run ends, AWS clients with the lines above see and change it.\n`;
}

const PHASES = {
  starting: 'starting tasks',
  health: 'waiting for the first health checks',
  control: 'control phase: load without interruption',
  interruption: 'interruption phase',
  finishing: 'load is over, awaiting the last answers',
  work: 'awaiting open work',
  stopping: undefined,
} as const;

function taskSentence(event: LabEvent, nameOf: (taskId: string) => string): string | undefined {
  const name = nameOf(event.taskId);
  switch (event.type) {
    case 'task-interrupted':
      return `${name}: Spot takes it back`;
    case 'task-deregistered':
      return `${name}: deregistered`;
    case 'task-signal':
      return `${name}: ${event.signal}`;
    case 'task-fault':
      return `${name}: ${event.change === 'began' ? `made sick (${event.kind})` : `no longer sick (${event.kind})`}`;
    case 'task-listener-closed':
      return `${name}: stopped listening`;
    case 'task-exited':
      return event.crashed
        ? `${name}: CRASHED with exit code ${event.exitCode ?? event.exitSignal}`
        : `${name}: gone (${event.exitCode ?? event.exitSignal})`;
    case 'task-listening':
      return `${name}: listening`;
    case 'task-registered':
    case 'task-state':
      return undefined;
  }
}
