import { endingOf, wordsOfBadEnd } from '../../ending.ts';
import { earliest, OBSERVATION_SLACK_MS, sentAt, sinceSigterm, stillSent, taskName, taskOf, wasInAnswer, wasRefused } from '../facts.ts';
import { keepServing } from '../fixes.ts';
import type { JoinedRequest } from '../../join.ts';
import type { BlameRule } from '../types.ts';

/** The balancer went on sending to a port that nobody listened on any more. */
export const listenerClosed: BlameRule = {
  id: 'listener-closed',
  explains: (loss) => loss.task?.sigtermAt !== undefined && (wasRefused(loss) || wasResetAtTheDoor(loss)),
  describe: (losses, facts) => {
    const task = taskOf(losses);
    if (task === undefined) return { sentence: 'A target did not listen any more.', fix: keepServing(facts.run) };
    const firstRefusedAt = earliest(losses.map(sentAt));
    const closedAt = Math.min(task.listenerClosedAt ?? task.exitedAt ?? firstRefusedAt, firstRefusedAt);
    const exitedWithIt = task.exitedAt !== undefined && task.exitedAt <= closedAt + OBSERVATION_SLACK_MS;
    const what = exitedWithIt ? `${taskName(task)} ${endingOf(task)}` : `${taskName(task)}'s listener closed`;
    const sending = stillSent({ facts, task, since: closedAt });
    return {
      sentence: `${what} ${sinceSigterm({ facts, task, at: exitedWithIt ? (task.exitedAt ?? closedAt) : closedAt })}${sending === undefined ? '' : `; ${sending}`}.`,
      fix: (exitedWithIt ? wordsOfBadEnd(task) : undefined) ?? keepServing(facts.run),
    };
  },
};

function wasResetAtTheDoor(loss: JoinedRequest): boolean {
  const closedAt = loss.task?.listenerClosedAt;
  const reset = loss.balancer?.cause === 'target-rst' || loss.balancer?.cause === 'target-fin';
  return closedAt !== undefined && reset && loss.balancer.connection === 'fresh' && sentAt(loss) >= closedAt && !wasInAnswer(loss);
}
