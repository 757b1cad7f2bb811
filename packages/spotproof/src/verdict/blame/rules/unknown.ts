import type { JoinedRequest } from '../../join.ts';
import { intoTheLoad } from '../../run-clock.ts';
import { list, nodes } from '../../words.ts';
import { sentAt, sinceSigterm, spanSinceSigterm, taskOf } from '../facts.ts';
import type { BlameRule } from '../types.ts';

/** Takes whatever is left, and says so. */
export const unknown: BlameRule = {
  id: 'unknown',
  explains: () => true,
  describe: (losses, facts) => {
    const task = taskOf(losses);
    const when =
      task === undefined
        ? `first ${intoTheLoad(facts.run, losses[0].client.sentAt)}`
        : losses.length === 1
          ? sinceSigterm({ facts, task, at: sentAt(losses[0]) })
          : spanSinceSigterm({ facts, task, times: losses.map(sentAt) });
    const known = [
      `the client saw ${list(distinct(losses, ({ client }) => (client.status === undefined ? client.outcome : `${client.outcome} ${client.status}`)))}`,
      `the balancer noted ${list(distinct(losses, ({ balancer }) => (balancer === undefined ? 'nothing at all' : (balancer.cause ?? 'no fault'))))}`,
      task === undefined ? 'no target was chosen' : `sent to ${task.name} on ${list(distinct(losses, connectionOf))} connections`,
      nodes(distinct(losses, ({ client }) => client.node)),
      when,
    ];
    return { sentence: `No cause found. What is known: ${known.join(', ')}.`, fix: undefined };
  },
};

function connectionOf({ balancer, client }: JoinedRequest): string {
  return balancer?.connection ?? client.connection;
}

function distinct(losses: readonly JoinedRequest[], read: (loss: JoinedRequest) => string): readonly string[] {
  return [...new Set(losses.map(read))].toSorted();
}
