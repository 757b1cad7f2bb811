import { lostToTheEndOf, sinceSigterm, stillSent, taskName, taskOf, wasCutOff } from '../facts.ts';
import type { BlameRule } from '../types.ts';
import { unheardSignal } from '../unheard-signal.ts';

export const signalUnheard: BlameRule = {
  id: 'signal-unheard',
  explains: (loss, facts) => loss.task !== undefined && lostToTheEndOf(loss.task, loss) && unheardSignal(facts, loss.task) !== undefined,
  describe: (losses, facts) => {
    const task = taskOf(losses);
    const reason = task === undefined ? undefined : unheardSignal(facts, task);
    if (task?.exitedAt === undefined || reason === undefined) return { sentence: 'SIGTERM did not reach the app.', fix: undefined };
    const inFlight = losses.filter(wasCutOff).length;
    const end = `${task.killed ? 'it was SIGKILLed' : 'it was gone'} ${sinceSigterm({ facts, task, at: task.exitedAt })}`;
    const sending = stillSent({ facts, task, since: task.exitedAt });
    return {
      sentence: `${taskName(task)}: ${reason.sentence}; ${end}${inFlight === 0 ? '' : ` with ${inFlight} in flight`}${sending === undefined ? '' : `, and ${sending}`}.`,
      fix: reason.fix,
    };
  },
};
