import { isBadAnswerOfApp } from '../../account.ts';
import { list, thousands } from '../../words.ts';
import { brokeAt, spanSinceSigterm, taskName, taskOf } from '../facts.ts';
import type { BlameRule, Losses } from '../types.ts';

export const appAnsweredBadly: BlameRule = {
  id: 'app-answered-badly',
  explains: isBadAnswerOfApp,
  describe: (losses, facts) => {
    const task = taskOf(losses);
    const statuses = [...new Set(losses.map(({ client }) => thousands(client.status ?? 0)))].toSorted();
    const answered = `${taskName(task)} answered ${list(statuses)}`;
    // To others it may have: what an app does to one kind of request in the control phase is excused for that kind.
    const kinds = kindsOf(losses);
    const afterSigterm = task?.sigtermAt !== undefined && losses.every((loss) => brokeAt(loss) >= (task.sigtermAt ?? Infinity));
    if (task !== undefined && afterSigterm) {
      return {
        sentence: `${answered}, ${spanSinceSigterm({ facts, task, times: losses.map(brokeAt) })}; it gave no such answer to ${kinds} before.`,
        fix: 'Close what the handlers need (database pools, clients, caches) only after the last request has been answered.',
      };
    }
    return {
      sentence: `${answered} although it had not been told to stop; it gave no such answer to ${kinds} in the control phase.`,
      fix: 'Read its output: something that the tasks share may not bear the loss of one of them.',
    };
  },
};

/** By a few of their names in the requests file. */
function kindsOf(losses: Losses): string {
  const names = [...new Set(losses.map(({ client }) => client.name))];
  return list(names.length <= MOST_NAMES ? names : [...names.slice(0, MOST_NAMES), 'others']);
}

const MOST_NAMES = 3;
