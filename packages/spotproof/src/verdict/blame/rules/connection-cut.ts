import { latest } from '../../task-report.ts';
import { seconds } from '../../words.ts';
import { brokeAt, lostToTheEndOf, spanSinceSigterm, taskName, taskOf } from '../facts.ts';
import type { BlameRule } from '../types.ts';

/** A WebSocket or an event stream broke, and its client was told nothing. */
export const connectionCut: BlameRule = {
  id: 'connection-cut',
  explains: (loss) => loss.client.longLived?.ending === 'cut' && loss.task?.sigtermAt !== undefined && brokeAt(loss) >= loss.task.sigtermAt,
  describe: (losses, facts) => {
    const task = taskOf(losses);
    const isWebSocket = losses.every(({ client }) => client.protocol === 'websocket');
    const what = `${losses.length} ${isWebSocket ? 'WebSocket' : 'event stream'}${losses.length === 1 ? '' : 's'}`;
    const when = task === undefined ? '' : ` ${spanSinceSigterm({ facts, task, times: losses.map(brokeAt) })}`;
    const longest = seconds(latest(losses.map((loss) => loss.client.endedAt - loss.client.sentAt)) ?? 0);
    const manner = isWebSocket ? 'without a close frame (code 1006)' : 'in the middle of the stream';
    const end = task !== undefined && losses.every((loss) => lostToTheEndOf(task, loss)) ? (task.killed ? ', killed' : ', by its exit') : '';
    return {
      sentence: `${taskName(task)} cut ${what}${when}${end} ${manner}; the longest had been open for ${longest}.`,
      fix: isWebSocket
        ? 'Close each WebSocket with 1012 and spread the closes over some seconds: `protectWebSockets` of @spotproof/runtime/ws does.'
        : 'Send a `retry:` field and end each response: `eventStreams` of @spotproof/runtime/sse does.',
    };
  },
};
