import type { DrillTask, ServiceReading, TargetReading } from '@spotproof/controller';
import { type DrillFacts, makeReport } from '../../src/drill/make-report.ts';
import type { DrillOptions } from '../../src/drill/options.ts';
import type { DrillReport } from '../../src/drill/report-document.ts';
import type { Snapshot } from '../../src/drill/serving.ts';
import { Timeline } from '../../src/drill/timeline.ts';

const GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/api/1';

const OPTIONS: DrillOptions = {
  cluster: 'web',
  service: 'api',
  count: 1,
  waves: 1,
  intervalMs: 60_000,
  timeoutMs: 60_000,
  controlMs: 0,
  permissions: { aws: false, production: false, outage: false },
};

export const SERVICE: ServiceReading = {
  name: 'api',
  arn: 'arn:aws:ecs:eu-west-1:111122223333:service/web/api',
  status: 'ACTIVE',
  desiredCount: 3,
  runningCount: 3,
  pendingCount: 0,
  isRollingOut: false,
  targetGroups: [{ arn: GROUP, containerPort: 8080 }],
  strategy: [],
  tags: {},
  messages: [],
};

export function taskArn(number: number): string {
  return `arn:aws:ecs:eu-west-1:111122223333:task/web/${String(number).padStart(8, '0')}`;
}

export function task(number: number, change: Partial<DrillTask> = {}): DrillTask {
  return {
    arn: taskArn(number),
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    stopCode: undefined,
    stoppedReason: undefined,
    capacityProviderName: 'FARGATE_SPOT',
    createdAt: number,
    startedAt: number,
    stoppingAt: undefined,
    privateIpv4Address: `10.0.0.${number}`,
    ipv6Address: undefined,
    healthStatus: 'UNKNOWN',
    taskDefinitionArn: 'arn:aws:ecs:eu-west-1:111122223333:task-definition/api:1',
    executionStoppedAt: undefined,
    stoppedAt: undefined,
    containers: [{ name: 'app', exitCode: undefined, reason: undefined }],
    ...change,
  };
}

/** A look in which each task has the state of its target beside it. */
export function snapshot(at: number, tasks: readonly (readonly [DrillTask, string | undefined])[], service: Partial<ServiceReading> = {}): Snapshot {
  const targets = tasks.flatMap(([{ privateIpv4Address: id = '' }, state]): TargetReading[] =>
    state === undefined ? [] : [{ id, port: 8080, state }],
  );
  return { at, service: { ...SERVICE, ...service }, tasks: tasks.map(([one]) => one), targets: new Map([[GROUP, targets]]) };
}

/** Task 1 of three is stopped at 1000 and has gone at 9000; task 4 stands for it from 8000 on. Only the times of the looks are those of a real drill. */
export function sampleTimeline(
  end: { readonly exitCode?: number; readonly executionStoppedAt?: number; readonly isReplaced?: boolean } = {},
): Timeline {
  const others = [
    [task(2), 'healthy'],
    [task(3), 'healthy'],
  ] as const;
  const timeline = new Timeline(snapshot(0, [[task(1), 'healthy'], ...others]));
  timeline.stopRequested(taskArn(1), 1, 1_000);
  const stopped = { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'Your Spot Task was interrupted.' };
  timeline.see(snapshot(2_000, [[task(1, { ...stopped, lastStatus: 'DEACTIVATING' }), 'draining'], ...others]));
  timeline.see(
    snapshot(5_000, [[task(1, { ...stopped, lastStatus: 'STOPPING' }), 'draining'], ...others, [task(4, { lastStatus: 'PENDING' }), undefined]]),
  );
  timeline.see(
    snapshot(8_000, [
      [task(1, { ...stopped, lastStatus: 'DEPROVISIONING' }), undefined],
      ...others,
      [task(4), end.isReplaced === false ? 'initial' : 'healthy'],
    ]),
  );
  const gone = task(1, {
    ...stopped,
    lastStatus: 'STOPPED',
    executionStoppedAt: end.executionStoppedAt ?? 7_000,
    containers: [{ name: 'app', exitCode: end.exitCode ?? 0, reason: undefined }],
  });
  timeline.see(snapshot(9_000, [[gone, undefined], ...others, [task(4), end.isReplaced === false ? 'initial' : 'healthy']]));
  return timeline;
}

export function sampleReport(timeline: Timeline, change: Partial<DrillFacts> = {}): DrillReport {
  return makeReport({
    options: OPTIONS,
    endpoint: 'http://127.0.0.1:4570',
    startedAt: 0,
    endedAt: 10_000,
    timeline,
    stopTimeouts: [{ container: 'app', seconds: 60 }],
    deregistrationDelays: [{ targetGroupArn: GROUP, seconds: 3 }],
    areEventsWatched: false,
    load: { why: 'no --url was given.' },
    notes: undefined,
    wasCancelled: false,
    blindness: undefined,
    ...change,
  });
}
