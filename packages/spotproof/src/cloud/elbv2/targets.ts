import type { TargetDescription } from '@spotproof/world';
import { CloudFault } from '../wire/fault.ts';
import type { LocalTarget, TargetGroup } from './target-group.ts';
import type { TargetGroups } from './target-groups.ts';
import type { TaskTargets } from './task-targets.ts';

export interface TargetInput {
  readonly Id: string;
  readonly Port?: number;
  readonly AvailabilityZone?: string;
}

/** Who is in a target group, and how well. */
export class Targets {
  readonly #groups: TargetGroups;
  readonly #tasks: TaskTargets;

  constructor(groups: TargetGroups, tasks: TaskTargets) {
    this.#groups = groups;
    this.#tasks = tasks;
  }

  /** Besides the tasks of ECS, which come by themselves: an address of this machine, or that of a task. */
  register(targetGroupArn: string, targets: readonly TargetInput[]): object {
    const group = this.#groups.get(targetGroupArn);
    const placed = targets.map(({ Id, Port = group.port }) => ({ address: Id, port: Port, local: this.#placeOf(group, Id, Port) }));
    for (const { address, port, local } of placed) this.#groups.registerNamed(group, { address, port }, local);
    return {};
  }

  /** "If the specified target does not exist, the action returns successfully": so does one with another port. */
  deregister(targetGroupArn: string, targets: readonly TargetInput[]): object {
    const group = this.#groups.get(targetGroupArn);
    for (const { Id, Port = group.port } of targets) {
      for (const task of this.#tasks.targetsOf(targetGroupArn)) {
        if (task.address === Id && task.port === Port) this.#tasks.deregister(targetGroupArn, task);
      }
      this.#groups.deregisterNamed(group, { address: Id, port: Port });
    }
    return {};
  }

  health(targetGroupArn: string, wanted: readonly TargetInput[] | undefined): object {
    const group = this.#groups.get(targetGroupArn);
    const isInUse = group.listeners.size > 0;
    const all: TargetState[] = [
      ...this.#tasks.targetsOf(targetGroupArn).map((task) => ofTask(group, task)),
      ...this.#groups.named(group).map(({ address, port, state, drainsUntil }) => ({
        id: address,
        port,
        zone: 'all',
        state: drainsUntil === undefined ? state : ('draining' as const),
        reason: group.reasons.get(`${address}:${port}`),
      })),
    ];
    const shown =
      wanted === undefined
        ? all
        : wanted.map(
            ({ Id, Port = group.port }): TargetState =>
              all.find(({ id, port }) => id === Id && port === Port) ?? {
                id: Id,
                port: Port,
                zone: undefined,
                state: 'unused',
                reason: 'Target.NotRegistered',
              },
          );
    const { HealthCheckPort } = group.healthCheck;
    return { TargetHealthDescriptions: shown.map((target) => describe(target, HealthCheckPort, isInUse)) };
  }

  #placeOf(group: TargetGroup, address: string, port: number): LocalTarget {
    const task = this.#tasks.localAddressOf(address, port);
    if (task !== undefined) return { ...task, portOf: (other) => this.#tasks.localAddressOf(address, other)?.port };
    if (/^127\.\d+\.\d+\.\d+$/.test(address)) return { host: address, port, portOf: (other) => other };
    const what =
      group.targetType === 'ip' ? 'an address of a task or of this machine (127.0.0.1)' : `a target of a group of type ${group.targetType}`;
    throw new CloudFault('InvalidTarget', `${address} is not ${what}. Nothing else can be reached from here.`);
  }
}

interface TargetState {
  readonly id: string;
  readonly port: number;
  readonly zone: string | undefined;
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';
  readonly reason: string | undefined;
}

function ofTask(group: TargetGroup, { taskId, address, port, availabilityZone, state, reason }: TargetDescription): TargetState {
  // The balancer knows better why: a wrong status, a timeout.
  const why = state === 'unhealthy' ? (group.reasons.get(taskId) ?? reason) : reason;
  return { id: address, port, zone: availabilityZone, state, reason: why };
}

function describe({ id, port, zone, state, reason }: TargetState, healthCheckPort: string, isInUse: boolean): object {
  const [shown, why] =
    isInUse || state === 'draining' || reason === 'Target.NotRegistered' ? [state, reasonOf(state, reason)] : ['unused', 'Target.NotInUse'];
  return {
    Target: { Id: id, Port: port, AvailabilityZone: zone },
    HealthCheckPort: healthCheckPort === 'traffic-port' ? String(port) : healthCheckPort,
    TargetHealth: { State: shown, Reason: why, Description: why === undefined ? undefined : DESCRIPTIONS[why] },
  };
}

function reasonOf(state: TargetState['state'], reason: string | undefined): string | undefined {
  if (state === 'healthy') return undefined;
  if (state === 'draining') return 'Target.DeregistrationInProgress';
  return reason ?? (state === 'initial' ? 'Elb.InitialHealthChecking' : 'Target.FailedHealthChecks');
}

/** As DescribeTargetHealth words them. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  'Elb.RegistrationInProgress': 'Target registration is in progress',
  'Elb.InitialHealthChecking': 'Initial health checks in progress',
  'Target.ResponseCodeMismatch': 'Health checks failed with an unexpected status code',
  'Target.Timeout': 'Request timed out',
  'Target.FailedHealthChecks': 'Health checks failed',
  'Target.DeregistrationInProgress': 'Target deregistration is in progress',
  'Target.NotRegistered': 'Target is not registered to the target group',
  'Target.NotInUse': 'Target group is not configured to receive traffic from the load balancer',
};
