import { isBadAnswerOfApp } from '../../account.ts';
import { arrivedAt } from '../../task-report.ts';
import { sentAt, spanSinceSigterm, stillSent, taskName, taskOf } from '../facts.ts';
import { keepServing } from '../fixes.ts';
import type { BlameRule } from '../types.ts';

/** The habit of frameworks that turn a closing server into 503 for whoever still comes. */
export const appRefusedWork: BlameRule = {
  id: 'app-refused-work',
  explains: (loss) =>
    isBadAnswerOfApp(loss) && loss.client.status === 503 && loss.task?.sigtermAt !== undefined && arrivedAt(loss) >= loss.task.sigtermAt,
  describe: (losses, facts) => {
    const task = taskOf(losses);
    if (task?.sigtermAt === undefined) return { sentence: 'The app itself answered 503 in its shutdown.', fix: keepServing(facts.run) };
    const when = spanSinceSigterm({ facts, task, times: losses.map(sentAt) });
    const sending = stillSent({ facts, task, since: task.sigtermAt });
    return {
      sentence: `${taskName(task)} itself answered 503 in its shutdown, ${when}${sending === undefined ? '' : `; ${sending}`}.`,
      fix: `Answer 503 to health checks only, and real requests as before. With Fastify: \`return503OnClosing: false\`, and \`close()\` only when the balancer has let go. ${keepServing(facts.run)}`,
    };
  },
};
