import { seconds } from '../../words.ts';
import { lostToTheEndOf, taskName, taskOf, inTheirAnswers } from '../facts.ts';
import { raiseStopTimeout } from '../fixes.ts';
import type { BlameRule } from '../types.ts';

export const killedInFlight: BlameRule = {
  id: 'killed-in-flight',
  explains: (loss) => loss.task?.killed === true && lostToTheEndOf(loss.task, loss),
  describe: (losses, { run }) => {
    return {
      sentence: `${taskName(taskOf(losses))} was SIGKILLed at the end of its stop timeout of ${seconds(run.options.stopTimeoutMs)} with ${losses.length} in flight${inTheirAnswers(losses)}.`,
      fix: raiseStopTimeout(run),
    };
  },
};
