import { seconds } from '../../words.ts';
import { brokeAt, OBSERVATION_SLACK_MS, sentAt, taskName, taskOf, wasCutOff, wasInAnswer } from '../facts.ts';
import type { JoinedRequest } from '../../join.ts';
import type { LabTask } from '../../lab-run.ts';
import type { BlameRule } from '../types.ts';

/** The target closed a connection for idleness at the moment at which the balancer used it again. */
export const keepAliveRace: BlameRule = {
  id: 'keep-alive-race',
  explains: (loss) => {
    const { balancer, task } = loss;
    if (balancer?.connection !== 'reused' || !wasCutOff(loss) || wasInAnswer(loss) || (balancer.idleMs ?? 0) < MIN_IDLE_MS) return false;
    return task !== undefined && !isShuttingDown(task, brokeAt(loss)) && brokeAt(loss) - sentAt(loss) <= AT_ONCE_MS;
  },
  describe: (losses, { run }) => {
    const ages = losses.map(idleMs).toSorted((a, b) => a - b);
    const typical = ages[Math.floor(ages.length / 2)] ?? 0;
    const { idleTimeoutMs } = run.options.balancer;
    return {
      sentence: `${taskName(taskOf(losses))} closed keep-alive connections that had been idle for about ${seconds(typical)} just as the balancer used them again; the balancer keeps them for ${seconds(idleTimeoutMs)}.`,
      fix: `Let the app's idle timeout be longer than the balancer's: \`server.keepAliveTimeout = ${Math.round(idleTimeoutMs + 5000)}\` (${seconds(idleTimeoutMs + 5000)}; Node's own is 5 s).`,
    };
  },
};

/** Shutdown code closes idle connections together with the listener; a task that was told to stop and still listens keeps to its timeouts. */
function isShuttingDown(task: LabTask, at: number): boolean {
  return (
    task.sigtermAt !== undefined && at >= task.sigtermAt && (at < task.sigtermAt + OBSERVATION_SLACK_MS || (task.listenerClosedAt ?? Infinity) <= at)
  );
}

function idleMs({ balancer }: JoinedRequest): number {
  return balancer?.idleMs ?? 0;
}

/** Below this the connection was busy rather than idle, so no keep-alive timeout ended it. */
const MIN_IDLE_MS = 500;
const AT_ONCE_MS = 250;
