import { rotationsOf } from '../../rotation.ts';
import { seconds } from '../../words.ts';
import { brokeAt, earliest } from '../facts.ts';
import type { BlameRule } from '../types.ts';

export const noTarget: BlameRule = {
  id: 'no-target',
  explains: ({ balancer }) => balancer?.cause === 'no-registered-targets',
  describe: (losses, { run }) => {
    const from = earliest(losses.map(brokeAt));
    const gone = run.tasks.filter((task) => task.interruptedAt !== undefined && task.interruptedAt <= from + 1000).length;
    const ready = earliest(run.tasks.flatMap((task) => rotationsOf(run, task).map((rotation) => rotation.from)).filter((at) => at > from));
    const until = Number.isFinite(ready) ? `for ${seconds(ready - from)}, until a replacement was ready` : 'to the end of the run';
    const why =
      gone === 0
        ? ''
        : run.options.tasks === 1
          ? ': the only task had been taken back'
          : `: ${gone} of ${run.options.tasks} tasks had been taken back`;
    return {
      sentence: `The balancer had no target at all ${until}${why}.`,
      fix: 'Keep a base of tasks where nothing takes them back: a capacity provider strategy with `FARGATE` and a `base`, beside `FARGATE_SPOT`.',
    };
  },
};
