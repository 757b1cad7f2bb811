import type { DrillTask, ServiceReading } from '@spotproof/controller';
import type { TaskStateChange } from '@spotproof/core/events';
import { servingOf, type Snapshot } from './serving.ts';

/** All that is known of one task. Times are epoch milliseconds; those of a status are when it was first seen. */
export interface TaskTrack {
  readonly arn: string;
  /** It ran before the first wave. */
  readonly isOriginal: boolean;
  readonly firstSeenAt: number;
  latest: DrillTask;
  wave: number | undefined;
  stopRequestedAt: number | undefined;
  readonly statuses: { readonly status: string; readonly at: number }[];
  /** Of its targets in all groups. */
  readonly targetStates: { readonly group: string; readonly state: string; readonly at: number }[];
  /** The first event that says that Spot takes it back. */
  event: { readonly seenAt: number; readonly at: number; readonly deliveries: number } | undefined;
}

export interface ServingPoint {
  readonly at: number;
  readonly serving: number;
  readonly running: number;
  readonly pending: number;
  readonly desired: number;
}

/** Puts together what stop calls, looks at AWS and events show over time. Keeps changes only. */
export class Timeline {
  readonly #tracks = new Map<string, TaskTrack>();
  readonly #series: ServingPoint[] = [];
  readonly refusedStops: { readonly at: number; readonly arn: string; readonly problem: string }[] = [];
  readonly heldBack: { readonly at: number; readonly wave: number; readonly why: string }[] = [];
  readonly failedLooks: { readonly at: number; readonly problem: string }[] = [];
  readonly before: Snapshot;
  #latest: Snapshot;
  #eventsReceived = 0;

  constructor(before: Snapshot) {
    this.before = before;
    this.#latest = before;
    this.see(before);
  }

  get tracks(): readonly TaskTrack[] {
    return [...this.#tracks.values()];
  }

  get series(): readonly ServingPoint[] {
    return this.#series;
  }

  get latest(): Snapshot {
    return this.#latest;
  }

  get service(): ServiceReading {
    return this.#latest.service;
  }

  /** Every event of any kind, wanted or not. */
  get eventsReceived(): number {
    return this.#eventsReceived;
  }

  /** In the order of the stops. */
  get stopped(): readonly TaskTrack[] {
    return this.tracks
      .filter(({ stopRequestedAt }) => stopRequestedAt !== undefined)
      .toSorted((one, other) => (one.stopRequestedAt ?? 0) - (other.stopRequestedAt ?? 0));
  }

  /** When the first stop was asked for. */
  get firstStopAt(): number | undefined {
    return this.stopped[0]?.stopRequestedAt;
  }

  see(snapshot: Snapshot): void {
    const { at, service } = snapshot;
    this.#latest = snapshot;
    for (const task of snapshot.tasks) this.#seeTask(task, snapshot);
    const point = { serving: servingOf(snapshot), running: service.runningCount, pending: service.pendingCount, desired: service.desiredCount };
    const last = this.#series.at(-1);
    const isNews = last === undefined || (['serving', 'running', 'pending', 'desired'] as const).some((figure) => last[figure] !== point[figure]);
    if (isNews) this.#series.push({ at, ...point });
  }

  stopRequested(arn: string, wave: number, at: number): void {
    const track = this.#tracks.get(arn);
    if (track === undefined || track.stopRequestedAt !== undefined) return;
    track.stopRequestedAt = at;
    track.wave = wave;
  }

  /** @param change Of any task; those of tasks that the drill did not stop only count as received. */
  eventSeen(change: Pick<TaskStateChange, 'taskArn' | 'at' | 'isSpotInterruption'> | undefined, seenAt: number): void {
    this.#eventsReceived += 1;
    const track = change === undefined ? undefined : this.#tracks.get(change.taskArn);
    if (change === undefined || track === undefined || !change.isSpotInterruption) return;
    track.event = { seenAt: track.event?.seenAt ?? seenAt, at: track.event?.at ?? change.at, deliveries: (track.event?.deliveries ?? 0) + 1 };
  }

  #seeTask(task: DrillTask, { at, targets }: Snapshot): void {
    const track: TaskTrack = this.#tracks.get(task.arn) ?? {
      arn: task.arn,
      isOriginal: at === this.before.at,
      firstSeenAt: at,
      latest: task,
      wave: undefined,
      stopRequestedAt: undefined,
      statuses: [],
      targetStates: [],
      event: undefined,
    };
    this.#tracks.set(task.arn, track);
    track.latest = task;
    if (track.statuses.at(-1)?.status !== task.lastStatus) track.statuses.push({ status: task.lastStatus, at });
    for (const [group, readings] of targets) {
      const reading = readings.find(({ id }) => id === task.privateIpv4Address && id !== undefined);
      // A target that is gone from the group is what AWS calls unused; before it was ever there, it is not news.
      const known = track.targetStates.findLast((one) => one.group === group)?.state;
      const state = reading?.state ?? (known === undefined ? undefined : 'unused');
      if (state !== undefined && state !== known) track.targetStates.push({ group, state, at });
    }
  }
}

/** When a status, or a later one, was first seen. */
export function reachedAt({ statuses }: Pick<TaskTrack, 'statuses'>, status: string): number | undefined {
  const rank = ORDER.indexOf(status);
  return statuses.find((seen) => ORDER.indexOf(seen.status) >= rank)?.at;
}

/** ECS developer guide, "Amazon ECS task lifecycle". */
const ORDER = ['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED', 'DELETED'];
