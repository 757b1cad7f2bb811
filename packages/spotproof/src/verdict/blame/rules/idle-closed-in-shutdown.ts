import { brokeAt, sentAt, spanSinceSigterm, taskName, taskOf, wasCutOff, wasInAnswer } from '../facts.ts';
import { keepServing } from '../fixes.ts';
import type { BlameRule } from '../types.ts';

/** The shutdown code closed connections that looked idle while the balancer was already sending on them. */
export const idleClosedInShutdown: BlameRule = {
  id: 'idle-closed-in-shutdown',
  explains: (loss) => {
    if (loss.task?.sigtermAt === undefined || loss.balancer?.connection !== 'reused' || !wasCutOff(loss) || wasInAnswer(loss)) return false;
    return brokeAt(loss) >= loss.task.sigtermAt && brokeAt(loss) - sentAt(loss) <= AT_ONCE_MS;
  },
  describe: (losses, facts) => {
    const task = taskOf(losses);
    const when = task === undefined ? '' : ` ${spanSinceSigterm({ facts, task, times: losses.map(brokeAt) })}`;
    return {
      sentence: `${taskName(task)} closed idle connections${when}, while the balancer still used them.`,
      fix: `Answer with \`Connection: close\` after SIGTERM and let the balancer end its connections. ${keepServing(facts.run)}`,
    };
  },
};

const AT_ONCE_MS = 50;
