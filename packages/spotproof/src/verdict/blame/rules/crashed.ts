import { lastWords } from '../../last-words.ts';
import { intoTheLoad } from '../../run-clock.ts';
import { brokeAt, OBSERVATION_SLACK_MS, stillSent, taskName, taskOf, wasCutOff, wasRefused } from '../facts.ts';
import type { BlameRule } from '../types.ts';

export const crashed: BlameRule = {
  id: 'crashed',
  explains: (loss) =>
    loss.task?.crashed === true && (wasCutOff(loss) || wasRefused(loss)) && brokeAt(loss) >= (loss.task.exitedAt ?? Infinity) - OBSERVATION_SLACK_MS,
  describe: (losses, facts) => {
    const task = taskOf(losses);
    if (task?.exitedAt === undefined) return { sentence: `${taskName(task)} crashed.`, fix: undefined };
    const how = task.exitSignal === undefined ? `with exit code ${task.exitCode ?? 'unknown'}` : `by ${task.exitSignal}`;
    const inFlight = losses.filter(wasCutOff).length;
    const cut = inFlight === 0 ? '' : ` with ${inFlight} in flight`;
    const sending = stillSent({ facts, task, since: task.exitedAt });
    const words = lastWords(task);
    return {
      sentence: `${taskName(task)} ended by itself, ${how}, ${intoTheLoad(facts.run, task.exitedAt)}${cut}${sending === undefined ? '' : `; ${sending}`}.`,
      fix: words === undefined ? undefined : `It said: ${words}`,
    };
  },
};
