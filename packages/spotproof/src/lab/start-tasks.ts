import type { Lab } from './lab.ts';
import { checkProtection } from './protection-check.ts';
import { protectionEnv } from './protection.ts';
import type { Stage } from './stage.ts';
import type { TargetViews } from './target-views.ts';

/** Starts the service and waits until every task listens and every node finds every one of them healthy. */
export async function startTasks(lab: Lab, stage: Stage): Promise<void> {
  const { options, listener, journal, ending, limits, changes } = lab;
  const { signal } = ending;
  const { views } = stage;
  if (options.protect) {
    const reportPath = '<one file per task>';
    const env = protectionEnv({ nodeOptions: options.env['NODE_OPTIONS'], stopTimeoutMs: options.stopTimeoutMs, reportPath });
    listener.onProgress({ type: 'protection', env });
  }

  await stage.begin();
  // A task that does not listen in time fails the run by itself; the margin only keeps this wait from being the first to notice.
  await changes.until(() => stage.running === options.tasks, { budgetMs: options.startTimeoutMs + START_MARGIN_MS, signal });
  if (options.protect) await checkProtection(lab, stage);

  journal.phase('health');
  const areHealthy = (): boolean => stage.tasks.every(({ id }) => views.isHealthyEverywhere(id));
  if (await changes.until(areHealthy, { budgetMs: limits.healthMs, signal })) return;
  const sick = stage.tasks.find(({ id }) => !views.isHealthyEverywhere(id));
  const { path, matcher } = options.balancer.healthCheck;
  const [asked, answer] = options.balancer.protocolVersion === 'grpc' ? ['gRPC', 'with status '] : ['GET', ''];
  ending.fail({
    of: 'app',
    kind: 'never-healthy',
    taskId: sick?.id,
    message:
      `${sick?.name} listens, but did not pass its health check within ${Math.round(limits.healthMs / 1000)} s: ${asked} ${path} must answer ` +
      `${answer}${matcher[0]} to ${matcher[1]}${sick === undefined ? '' : reasonOf(views, sick.id)}. Answer that path, or name another (--health-check).`,
  });
  signal.throwIfAborted();
}

function reasonOf(views: TargetViews, targetId: string): string {
  const reason = views.reasonOf(targetId);
  return reason === undefined ? '' : ` (the balancer says ${reason})`;
}

const START_MARGIN_MS = 10_000;
