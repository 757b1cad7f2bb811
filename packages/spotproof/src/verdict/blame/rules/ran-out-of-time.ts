import { latest } from '../../task-report.ts';
import { seconds } from '../../words.ts';
import { brokeAt, sentAt, spanSinceSigterm, taskName, taskOf, wasCutOff, inTheirAnswers } from '../facts.ts';
import { raiseStopTimeout } from '../fixes.ts';
import type { BlameRule } from '../types.ts';

/** A protected task gave up what it could not finish in the time that it knew of, as it must. */
export const ranOutOfTime: BlameRule = {
  id: 'ran-out-of-time',
  explains: (loss, { run }) => {
    const { task } = loss;
    if (task?.drainReport === undefined || task.sigtermAt === undefined || task.killed || !wasCutOff(loss)) return false;
    return brokeAt(loss) - task.sigtermAt >= LATE_SHARE * Math.min(run.options.stopTimeoutMs, UNTOLD_STOP_TIMEOUT_MS);
  },
  describe: (losses, facts) => {
    const task = taskOf(losses);
    const { stopTimeoutMs } = facts.run.options;
    const times = losses.map(brokeAt);
    const when = task === undefined ? '' : ` ${spanSinceSigterm({ facts, task, times })}`;
    const longest = seconds(latest(losses.map((loss) => brokeAt(loss) - sentAt(loss))) ?? 0);
    const spentMs = (latest(times) ?? 0) - (task?.sigtermAt ?? 0);
    return {
      sentence: `${taskName(task)} ran out of time${when} (stop timeout ${seconds(stopTimeoutMs)}) with ${losses.length} in flight${inTheirAnswers(losses)}; the longest had been running for ${longest}.`,
      fix:
        spentMs < LATE_SHARE * stopTimeoutMs
          ? `Tell the app how long it has: SPOTPROOF_STOP_TIMEOUT=${Math.round(stopTimeoutMs / 1000)}. It cannot read the stop timeout and reckons with ${seconds(UNTOLD_STOP_TIMEOUT_MS)}.`
          : raiseStopTimeout(facts.run),
    };
  },
};

/** The drain destroys sockets shortly before the end of its budget, never before this share of it. */
const LATE_SHARE = 0.8;
/** What the runtime reckons with when nobody tells it: the default `stopTimeout` of ECS. */
const UNTOLD_STOP_TIMEOUT_MS = 30_000;
