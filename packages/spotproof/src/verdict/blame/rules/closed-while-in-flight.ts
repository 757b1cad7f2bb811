import { latest } from '../../task-report.ts';
import { seconds } from '../../words.ts';
import { brokeAt, sentAt, spanSinceSigterm, taskName, taskOf, wasCutOff, inTheirAnswers } from '../facts.ts';
import type { BlameRule } from '../types.ts';

/** The process lived on, but destroyed connections that carried requests. */
export const closedWhileInFlight: BlameRule = {
  id: 'closed-while-in-flight',
  explains: (loss) => loss.task?.sigtermAt !== undefined && wasCutOff(loss) && brokeAt(loss) >= loss.task.sigtermAt,
  describe: (losses, facts) => {
    const task = taskOf(losses);
    const when = task === undefined ? '' : ` ${spanSinceSigterm({ facts, task, times: losses.map(brokeAt) })}`;
    const longest = seconds(latest(losses.map((loss) => brokeAt(loss) - sentAt(loss))) ?? 0);
    return {
      sentence: `${taskName(task)} cut connections${when} with ${losses.length} in flight${inTheirAnswers(losses)}; the longest had been running for ${longest}.`,
      fix: 'Give requests in flight more time before connections are destroyed: raise the timeout of the shutdown library, staying below the stop timeout.',
    };
  },
};
