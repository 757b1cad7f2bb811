import { boundSlackMs, stopBoundMs } from '../../faults/bound.ts';
import { faultBehind, isFailOpen, isPlantedLoss, wasKnownSick, wasSick } from '../../faults/planted.ts';
import { rotationsOf } from '../../rotation.ts';
import { list, nodes, seconds } from '../../words.ts';
import { latest } from '../../task-report.ts';
import { sentAt, taskName, taskOf } from '../facts.ts';
import type { BlameRule } from '../types.ts';

/** No target was healthy, so nodes sent to all of them, and to the sick one, too. */
export const failOpen: BlameRule = {
  id: 'fail-open',
  explains: (loss, { run }) => isFailOpen(run, loss) && loss.task !== undefined && wasSick(run, loss.task.id),
  describe: (losses) => ({
    sentence: `No target was healthy, so nodes sent to all of them, the sick ${taskName(taskOf(losses))} included (ELB calls it fail-open).`,
    fix: 'Run more tasks, and let readiness ask for nothing that all tasks share: when all are unhealthy at once, health checks protect nobody.',
  }),
};

/** The planted fault took it while the balancer could not know yet. Expected, and counted apart. */
export const plantedFault: BlameRule = {
  id: 'planted-fault',
  explains: (loss, { run }) => isPlantedLoss(run)(loss),
  describe: (losses, { run }) => {
    const task = taskOf(losses);
    const fault = faultBehind(run, losses[0]);
    if (task === undefined || fault === undefined) return { sentence: 'A planted fault took them.', fix: undefined };
    const out = rotationsOf(run, task).flatMap(({ node, from, to, why }) =>
      why === 'unhealthy' && to !== undefined && from <= fault.beganAt && to > fault.beganAt
        ? [`${nodes([node])} after ${seconds(to - fault.beganAt)}`]
        : [],
    );
    const checks = out.length === 0 ? 'its health checks did not take it out' : `its health checks took it out: ${list(out)}`;
    return {
      sentence: `${task.name} was sick (--fault ${fault.planned.kind}) and still in rotation; ${checks}.`,
      fix: `What a sick task costs is bounded by interval × unhealthy threshold + timeout, here ${seconds(stopBoundMs(run.options.balancer.healthCheck))}; lower them to lose less.`,
    };
  },
};

/** The sick task still got requests when its health checks had to have failed, or had failed. */
export const sentToSickTask: BlameRule = {
  id: 'sent-to-sick-task',
  explains: (loss, { run }) => run.faults.some((fault) => fault.taskId === loss.task?.id && isDuring(fault, sentAt(loss))),
  describe: (losses, { run }) => {
    const task = taskOf(losses);
    const fault = run.faults.find(({ taskId, beganAt }) => taskId === task?.id && beganAt <= sentAt(losses[0]));
    const lateMs = (latest(losses.map(sentAt)) ?? 0) - (fault?.beganAt ?? 0);
    const { timeoutMs } = run.options.balancer.healthCheck;
    const boundMs = stopBoundMs(run.options.balancer.healthCheck) + boundSlackMs(run);
    if (fault?.planned.kind === 'slow' && fault.planned.delayMs < timeoutMs) {
      return {
        sentence: `${taskName(task)} was too slow for these (--fault slow), while its health checks passed: its delay of ${seconds(fault.planned.delayMs)} is below their timeout of ${seconds(timeoutMs)}.`,
        fix: 'A health check finds out only what is slower than its own timeout: set that below what your clients bear.',
      };
    }
    const despite = losses.some(wasKnownSick) ? ', from nodes that had found it unhealthy' : '';
    return {
      sentence: `${taskName(task)} was sick (--fault ${fault?.planned.kind ?? 'unknown'}) and still got requests ${seconds(lateMs)} later${despite}; health checks had to stop that within ${seconds(boundMs)}.`,
      fix: undefined,
    };
  },
};

function isDuring({ beganAt, endedAt }: { readonly beganAt: number; readonly endedAt: number | undefined }, at: number): boolean {
  return at >= beganAt && at < (endedAt ?? Infinity);
}
