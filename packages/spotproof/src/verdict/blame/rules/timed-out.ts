import { latest } from '../../task-report.ts';
import { seconds } from '../../words.ts';
import { brokeAt, sentAt, taskName, taskOf } from '../facts.ts';
import type { BlameRule } from '../types.ts';

export const timedOut: BlameRule = {
  id: 'timed-out',
  explains: ({ client, balancer }) =>
    client.outcome === 'timed-out' || balancer?.cause === 'target-idle-timeout' || balancer?.cause === 'target-connect-timeout',
  describe: (losses) => {
    const task = taskOf(losses);
    const longest = latest(losses.map((loss) => Math.max(brokeAt(loss), loss.client.endedAt) - sentAt(loss))) ?? 0;
    const accepted = losses.every(({ balancer }) => balancer?.cause !== 'target-connect-timeout');
    const told = task?.sigtermAt === undefined ? 0 : losses.filter((loss) => sentAt(loss) >= (task.sigtermAt ?? Infinity)).length;
    return {
      sentence: `${taskName(task)} ${accepted ? 'took the requests and gave no complete answer' : 'did not even accept the connections'} within ${seconds(longest)}${told === 0 ? '' : `; ${told} ${told === 1 ? 'was' : 'were'} sent after SIGTERM`}.`,
      fix:
        told === 0
          ? 'If these answers may take so long, give them a larger `timeoutMs` in the requests file.'
          : 'Look for what the handlers wait on that the shutdown code has closed or paused already.',
    };
  },
};
