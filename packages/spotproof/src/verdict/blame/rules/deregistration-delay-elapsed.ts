import { latest } from '../../task-report.ts';
import { seconds } from '../../words.ts';
import { brokeAt, sentAt, taskName, taskOf } from '../facts.ts';
import type { BlameRule } from '../types.ts';

export const deregistrationDelayElapsed: BlameRule = {
  id: 'deregistration-delay-elapsed',
  explains: ({ balancer }) => balancer?.cause === 'deregistration-delay-elapsed',
  describe: (losses, { run }) => {
    const longest = latest(losses.map((loss) => brokeAt(loss) - sentAt(loss))) ?? 0;
    return {
      sentence: `The deregistration delay of ${seconds(run.options.balancer.deregistrationDelayMs)} ended while ${taskName(taskOf(losses))} was still answering; the longest of these requests had been running for ${seconds(longest)}.`,
      fix: `Make \`deregistration_delay.timeout_seconds\` longer than the longest answer and shorter than the stop timeout (${seconds(run.options.stopTimeoutMs)}).`,
    };
  },
};
