import { list } from '../../words.ts';
import { taskName, taskOf } from '../facts.ts';
import type { BlameRule } from '../types.ts';

export const wrongAnswer: BlameRule = {
  id: 'wrong-answer',
  explains: ({ client }) => client.outcome === 'wrong-body' || client.outcome === 'answered-twice',
  describe: (losses) => {
    const twice = losses.every(({ client }) => client.outcome === 'answered-twice');
    const statuses = [...new Set(losses.flatMap(({ client }) => ((client.status ?? 0) >= 400 ? [String(client.status)] : [])))].toSorted();
    const detail = losses.find(({ client }) => client.detail !== undefined)?.client.detail;
    return {
      sentence: `${taskName(taskOf(losses))} ${twice ? 'answered one request twice' : `sent a complete answer${statuses.length === 0 ? '' : ` (${list(statuses)})`} with the wrong body`}${detail === undefined ? '' : `: ${detail}`}.`,
      fix: undefined,
    };
  },
};
