import { list } from '../../words.ts';
import { taskName, taskOf } from '../facts.ts';
import type { BlameRule } from '../types.ts';

/** The connection ended as its protocol has it, but what was said on it before was not answered, or its end tells of a fault. */
export const closedWithAFault: BlameRule = {
  id: 'closed-with-a-fault',
  explains: ({ client }) => client.outcome === 'bad-close' || client.outcome === 'unanswered-message' || client.outcome === 'missed-event',
  describe: (losses) => {
    const details = [...new Set(losses.map(({ client }) => client.detail).filter((detail) => detail !== undefined))];
    return {
      sentence: `${taskName(taskOf(losses))} ${list([...new Set(losses.map(({ client }) => WORDS[client.outcome] ?? 'failed'))])}: ${details[0] ?? 'no detail'}.`,
      fix: undefined,
    };
  },
};

const WORDS: Readonly<Record<string, string>> = {
  'bad-close': 'closed a WebSocket with a code that tells of a fault',
  'unanswered-message': 'left a message unanswered',
  'missed-event': 'left out an event',
};
