import type { DeploymentRecord } from '../state/records.ts';
import { splitByStrategy, type ProviderShare } from '../spec/strategy.ts';

/** How many tasks a deployment wants on each provider. Worked out again only when the desired count has changed. */
export function sharesOf(deployment: DeploymentRecord, desiredCount: number): readonly ProviderShare[] {
  if (deployment.sharesOf !== desiredCount) {
    const { launchType, strategy } = deployment.revision;
    deployment.shares = launchType === undefined ? splitByStrategy(strategy, desiredCount) : [{ provider: launchType, count: desiredCount }];
    deployment.sharesOf = desiredCount;
  }
  return deployment.shares;
}
