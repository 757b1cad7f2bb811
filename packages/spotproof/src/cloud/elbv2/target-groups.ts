import path from 'node:path';
import type { BalancerReport } from '../../balancer/protocol.ts';
import { epochNow } from '../../epoch.ts';
import { type Account, arn, uniqueSuffix } from '../account.ts';
import type { CloudWatch } from '../watch.ts';
import { CloudFault } from '../wire/fault.ts';
import { defaultAttributes } from './attributes.ts';
import { ListenerProcess, type ListenerSetting } from './listener-process.ts';
import { deregistrationDelayMs, type LocalTarget, type NamedTarget, type TargetGroup, targetGroupAttributes } from './target-group.ts';

export interface TargetGroupsOptions {
  readonly account: Account;
  /** Where balancers write what they should not have to say. */
  readonly directory: string;
  /** What the first listener's balancer makes of an ECS task. */
  readonly onTaskHealth: (targetGroupArn: string, taskId: string, health: 'healthy' | 'unhealthy') => void;
  readonly onTrouble: (message: string) => void;
  /** How long Network Load Balancers go on sending new connections to a deregistered target. */
  readonly newConnectionsMs: readonly [min: number, max: number];
  readonly watch: CloudWatch | undefined;
}

/** The target groups, with what is registered and the balancers that use it. */
export class TargetGroups {
  readonly #options: TargetGroupsOptions;
  readonly #groups = new Map<string, TargetGroup>();

  constructor(options: TargetGroupsOptions) {
    this.#options = options;
  }

  get all(): readonly TargetGroup[] {
    return [...this.#groups.values()];
  }

  find(targetGroupArn: string): TargetGroup | undefined {
    return this.#groups.get(targetGroupArn);
  }

  /** @throws {CloudFault} */
  get(targetGroupArn: string): TargetGroup {
    const group = this.#groups.get(targetGroupArn);
    if (group === undefined) throw new CloudFault('TargetGroupNotFound', 'One or more target groups not found');
    return group;
  }

  create(parts: Pick<TargetGroup, 'name' | 'protocol' | 'protocolVersion' | 'port' | 'vpcId' | 'targetType' | 'healthCheck'>): TargetGroup {
    const group: TargetGroup = {
      ...parts,
      arn: arn(this.#options.account, 'elasticloadbalancing', `targetgroup/${parts.name}/${uniqueSuffix()}`),
      attributes: defaultAttributes(targetGroupAttributes(parts)),
      listeners: new Map(),
      targets: new Map(),
      named: new Map(),
      reasons: new Map(),
    };
    this.#groups.set(group.arn, group);
    return group;
  }

  delete(targetGroupArn: string): void {
    this.#groups.delete(targetGroupArn);
  }

  async listen(group: TargetGroup, listenerArn: string, setting: ListenerSetting): Promise<void> {
    const { directory, onTrouble, newConnectionsMs, watch } = this.#options;
    const name = listenerArn.slice(listenerArn.lastIndexOf('/') + 1);
    const listener = await ListenerProcess.start({
      ...setting,
      group,
      newConnectionsMs,
      logPath: path.join(directory, `balancer-${name}.log`),
      onReport: (report) => this.#onReport(group, listenerArn, report),
      onFailure: onTrouble,
      watch: watch?.onListener(),
    });
    group.listeners.set(listenerArn, listener);
  }

  async stopListening(group: TargetGroup, listenerArn: string): Promise<void> {
    const listener = group.listeners.get(listenerArn);
    group.listeners.delete(listenerArn);
    await listener?.end();
  }

  /** @param id Of an ECS task, or address and port of another target. */
  register(group: TargetGroup, id: string, target: LocalTarget, lagMs: readonly number[] = []): void {
    group.targets.set(id, target);
    group.reasons.delete(id);
    for (const listener of group.listeners.values()) listener.register(id, target, lagMs);
  }

  deregister(group: TargetGroup, id: string, lagMs: readonly number[] = []): void {
    group.targets.delete(id);
    for (const listener of group.listeners.values()) listener.deregister(id, lagMs);
  }

  /** Registers what is not a task of ECS. */
  registerNamed(group: TargetGroup, target: Pick<NamedTarget, 'address' | 'port'>, local: LocalTarget): void {
    const id = namedId(target);
    const known = group.named.get(id);
    if (known !== undefined && known.drainsUntil === undefined) return;
    group.named.set(id, { ...target, state: 'initial', drainsUntil: undefined });
    this.register(group, id, local);
  }

  deregisterNamed(group: TargetGroup, target: Pick<NamedTarget, 'address' | 'port'>): void {
    const id = namedId(target);
    const known = group.named.get(id);
    if (known === undefined || known.drainsUntil !== undefined) return;
    known.drainsUntil = epochNow() + deregistrationDelayMs(group);
    this.deregister(group, id);
  }

  /** The named targets that are still shown: a draining one until its delay is over. */
  named(group: TargetGroup): readonly NamedTarget[] {
    for (const [id, { drainsUntil }] of group.named) if (drainsUntil !== undefined && drainsUntil <= epochNow()) group.named.delete(id);
    return [...group.named.values()];
  }

  async close(): Promise<void> {
    await Promise.all(this.all.flatMap(({ listeners }) => [...listeners.values()].map((listener) => listener.end())));
  }

  #onReport(group: TargetGroup, listenerArn: string, report: BalancerReport): void {
    if (report.type !== 'target-health') return;
    const [first] = group.listeners.keys();
    if (first !== undefined && first !== listenerArn) return;
    const { targetId, state, reason } = report;
    if (reason === undefined) group.reasons.delete(targetId);
    else group.reasons.set(targetId, reason);
    if (state !== 'healthy' && state !== 'unhealthy') return;
    const named = group.named.get(targetId);
    if (named === undefined) this.#options.onTaskHealth(group.arn, targetId, state);
    else named.state = state;
  }
}

function namedId({ address, port }: Pick<NamedTarget, 'address' | 'port'>): string {
  return `${address}:${port}`;
}
