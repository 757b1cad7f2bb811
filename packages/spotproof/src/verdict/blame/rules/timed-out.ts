import { latest } from '../../task-report.ts';
import { seconds } from '../../words.ts';
import { brokeAt, sentAt, taskName, taskOf } from '../facts.ts';
import type { BalancerCause } from '../../../balancer/balancer-record.ts';
import type { LabRun } from '../../lab-run.ts';
import type { BlameRule, Losses } from '../types.ts';

export const timedOut: BlameRule = {
  id: 'timed-out',
  explains: ({ client, balancer }) =>
    client.outcome === 'timed-out' || balancer?.cause === 'target-idle-timeout' || balancer?.cause === 'target-connect-timeout',
  describe: (losses, { run }) => {
    const task = taskOf(losses);
    const longest = latest(losses.map((loss) => Math.max(brokeAt(loss), loss.client.endedAt) - sentAt(loss))) ?? 0;
    const accepted = losses.every(({ balancer }) => balancer?.cause !== 'target-connect-timeout');
    const told = task?.sigtermAt === undefined ? 0 : losses.filter((loss) => sentAt(loss) >= (task.sigtermAt ?? Infinity)).length;
    return {
      sentence: `${taskName(task)} ${accepted ? 'took the requests and gave no complete answer' : 'did not even accept the connections'} within ${seconds(longest)}${told === 0 ? '' : `; ${told} ${told === 1 ? 'was' : 'were'} sent after SIGTERM`}.`,
      fix: told > 0 ? 'Look for what the handlers wait on that the shutdown code has closed or paused already.' : whatMayTakeSoLong(losses, run),
    };
  },
};

/** Whose patience it was that ended. */
function whatMayTakeSoLong(losses: Losses, { options }: LabRun): string {
  const endedBy = (cause: BalancerCause): boolean => losses.every(({ balancer }) => balancer?.cause === cause);
  if (endedBy('target-connect-timeout'))
    return 'Look for what keeps the app from accepting connections: an event loop that stands still, or a limit on connections.';
  if (endedBy('target-idle-timeout'))
    return `If these answers may take so long, say something within the idle timeout of the load balancer (${seconds(options.balancer.idleTimeoutMs)}), or raise it.`;
  return 'If these answers may take so long, give them a larger `timeoutMs` in the requests file.';
}
