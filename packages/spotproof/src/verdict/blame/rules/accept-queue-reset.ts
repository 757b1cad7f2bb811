import { brokeAt, OBSERVATION_SLACK_MS, sentAt, sinceSigterm, taskName, taskOf, wasInAnswer } from '../facts.ts';
import type { BlameRule } from '../types.ts';

/** Connections that the kernel had completed and the app had not accepted yet are reset when the listener closes. */
export const acceptQueueReset: BlameRule = {
  id: 'accept-queue-reset',
  explains: (loss) => {
    const closedAt = loss.task?.listenerClosedAt;
    if (closedAt === undefined || loss.task?.sigtermAt === undefined || loss.balancer?.cause !== 'target-rst') return false;
    const stillRunning = (loss.task.exitedAt ?? Infinity) > brokeAt(loss) + OBSERVATION_SLACK_MS;
    const atClosing = sentAt(loss) <= closedAt + ACCEPT_SLACK_MS && Math.abs(brokeAt(loss) - closedAt) <= OBSERVATION_SLACK_MS;
    return loss.balancer.connection === 'fresh' && atClosing && stillRunning && !wasInAnswer(loss);
  },
  describe: (losses, facts) => {
    const task = taskOf(losses);
    const when = task?.listenerClosedAt === undefined ? '' : ` ${sinceSigterm({ facts, task, at: task.listenerClosedAt })}`;
    return {
      sentence: `${taskName(task)}'s listener closed${when} while connections that the kernel had already completed waited to be accepted; these were reset.`,
      fix: 'Accept what is waiting before closing: go on until some turns of the event loop have brought no new connection.',
    };
  },
};

/** The lab looks at listeners every 50 ms or so. */
const ACCEPT_SLACK_MS = 50;
