import type { Decision } from './decision.ts';

/**
 * A decision as one line of JSON, which is its log entry and its metrics at once: CloudWatch Logs reads metrics from lines in the embedded metric
 * format and keeps every other field for queries. Dimensions and names come from closed sets.
 */
export function decisionLine(decision: Decision): string {
  const metrics = metricsOf(decision);
  const names = Object.keys(metrics);
  const Metrics = names.map((Name) => ({ Name, Unit: Name.endsWith('Milliseconds') ? 'Milliseconds' : 'Count' }));
  return JSON.stringify({
    _aws: { Timestamp: Math.round(decision.at), CloudWatchMetrics: [{ Namespace: 'Spotproof', Dimensions: [['unit']], Metrics }] },
    ...metrics,
    ...decision,
    unit: decision.unit ?? 'none',
  });
}

/** Their names are in the README of this package, what to make of them in its guide. */
function metricsOf(decision: Decision): Readonly<Record<string, number>> {
  switch (decision.type) {
    case 'reconcile': {
      const { figures, actions, timeToStrengthMs } = decision;
      return {
        Deficit: figures.deficit,
        Serving: figures.serving,
        TwinDesired: figures.twin,
        Alarms: actions.filter(({ action }) => action.type === 'alarm').length,
        FailedActions: actions.filter(({ outcome }) => outcome === 'failed').length,
        ...(timeToStrengthMs === undefined ? {} : { TimeToStrengthMilliseconds: timeToStrengthMs }),
      };
    }
    case 'deregister':
      return { AwsWasFirst: decision.outcome === 'aws-was-first' ? 1 : 0, NoticeAgeMilliseconds: decision.delayMs };
    case 'skip':
      return { Skipped: 1, Refused: decision.why === 'cloud-refused' ? 1 : 0 };
  }
}
