import { endingOf, wordsOfBadEnd } from '../../ending.ts';
import { lostToTheEndOf, sinceSigterm, taskName, taskOf, inTheirAnswers } from '../facts.ts';
import type { BlameRule } from '../types.ts';

export const exitedInFlight: BlameRule = {
  id: 'exited-in-flight',
  explains: (loss) => loss.task?.sigtermAt !== undefined && lostToTheEndOf(loss.task, loss),
  describe: (losses, facts) => {
    const task = taskOf(losses);
    const when = task?.exitedAt === undefined ? '' : ` ${sinceSigterm({ facts, task, at: task.exitedAt })}`;
    return {
      sentence: `${taskName(task)} ${task === undefined ? 'exited' : endingOf(task)}${when} with ${losses.length} in flight${inTheirAnswers(losses)}.`,
      fix:
        (task === undefined ? undefined : wordsOfBadEnd(task)) ??
        'Call `process.exit` only when the last answer is out; look for a library that has its own SIGTERM handler and exits there.',
    };
  },
};
