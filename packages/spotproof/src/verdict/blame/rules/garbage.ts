import { taskName, taskOf } from '../facts.ts';
import type { BlameRule } from '../types.ts';

export const garbage: BlameRule = {
  id: 'garbage',
  explains: ({ client, balancer }) =>
    client.outcome === 'garbage' || balancer?.cause === 'target-malformed' || balancer?.cause === 'target-head-too-large',
  describe: (losses) => {
    const tooLarge = losses.every(({ balancer }) => balancer?.cause === 'target-head-too-large');
    const what = tooLarge ? 'response headers of more than 32 KiB, which the balancer does not pass on' : 'bytes that are not an HTTP response';
    const detail = losses.find(({ client }) => client.outcome === 'garbage' && client.detail !== undefined)?.client.detail;
    return {
      sentence: `${taskName(taskOf(losses))} sent ${what}${detail === undefined ? '' : ` (${detail})`}.`,
      fix: tooLarge ? 'Send smaller headers.' : 'Check that the port speaks plain HTTP/1.1 and that no response is written by hand.',
    };
  },
};
