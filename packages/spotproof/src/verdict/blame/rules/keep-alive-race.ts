import { seconds } from '../../words.ts';
import { brokeAt, sentAt, taskName, taskOf, wasCutOff, wasInAnswer } from '../facts.ts';
import type { JoinedRequest } from '../../join.ts';
import type { BlameRule } from '../types.ts';

/** The target closed a connection for idleness at the moment at which the balancer used it again. */
export const keepAliveRace: BlameRule = {
  id: 'keep-alive-race',
  explains: (loss) => {
    const { balancer, task } = loss;
    if (balancer?.connection !== 'reused' || !wasCutOff(loss) || wasInAnswer(loss) || (balancer.idleMs ?? 0) < MIN_IDLE_MS) return false;
    const alive = task !== undefined && (task.sigtermAt ?? Infinity) > brokeAt(loss);
    return alive && brokeAt(loss) - sentAt(loss) <= AT_ONCE_MS;
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

function idleMs({ balancer }: JoinedRequest): number {
  return balancer?.idleMs ?? 0;
}

/** Below this the connection was busy rather than idle, so no keep-alive timeout ended it. */
const MIN_IDLE_MS = 500;
const AT_ONCE_MS = 250;
