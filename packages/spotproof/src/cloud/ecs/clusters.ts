import {
  DEFAULT_CLUSTER,
  describeTargetHealth,
  describeTask,
  getTask,
  listTasks,
  type CapacityProvider,
  type CapacityProviderStrategyItem,
  type TargetDescription,
  type WorldConfig,
  type WorldEffect,
} from '@spotproof/world';
import { type Account, arn, zonesOf } from '../account.ts';
import { deregistrationDelayMs, type TargetGroup } from '../elbv2/target-group.ts';
import type { TargetGroups } from '../elbv2/target-groups.ts';
import type { TaskTargets } from '../elbv2/task-targets.ts';
import type { EventDelivery } from '../events/event-delivery.ts';
import type { LocalTasks } from '../tasks/local-tasks.ts';
import type { Tags } from '../tags.ts';
import type { CloudWatch } from '../watch.ts';
import { CloudFault } from '../wire/fault.ts';
import { ClusterWorld } from './cluster-world.ts';
import { mainContainer, type Cluster } from './cluster.ts';
import type { TaskDefinitions } from './task-definitions.ts';
import { tagNewTask } from './task-tags.ts';

export interface ClustersOptions {
  readonly account: Account;
  readonly seed: number;
  /** How the worlds behave. */
  readonly behaviour: Pick<WorldConfig, 'deregistration' | 'maxNodeLagMs' | 'replacement' | 'delays'>;
  readonly groups: TargetGroups;
  readonly tasks: LocalTasks;
  readonly definitions: TaskDefinitions;
  readonly delivery: EventDelivery;
  readonly tags: Tags;
  readonly watch: CloudWatch | undefined;
}

/** The clusters, each with a world on the real clock whose effects become processes, signals, registrations and events. */
export class Clusters implements TaskTargets {
  readonly #options: ClustersOptions;
  readonly #clusters = new Map<string, Cluster>();
  #made = 0;

  constructor(options: ClustersOptions) {
    this.#options = options;
  }

  get all(): readonly Cluster[] {
    return [...this.#clusters.values()].filter(({ isDeleted }) => !isDeleted);
  }

  create(
    name: string,
    providers: { readonly capacityProviders: readonly CapacityProvider[]; readonly strategy: readonly CapacityProviderStrategyItem[] },
  ): Cluster {
    const { account, seed, behaviour, groups, watch } = this.#options;
    this.#made += 1;
    const config: WorldConfig = {
      ...behaviour,
      // Different numbers for each, or their tasks would have the same ids.
      seed: seed * 1000 + this.#made,
      cluster: {
        ...DEFAULT_CLUSTER,
        name,
        region: account.region,
        account: account.id,
        zones: zonesOf(account),
        capacityProviders: providers.capacityProviders,
        defaultCapacityProviderStrategy: providers.strategy,
      },
      nodes: 1,
      healthyAfterMs: 'told',
      taskIds: 'random',
    };
    const cluster: Cluster = {
      name,
      arn: arn(account, 'ecs', `cluster/${name}`),
      world: new ClusterWorld(config, (effect, at) => {
        watch?.onEffect(name, effect, at);
        this.#apply(cluster, effect);
      }),
      settings: [],
      services: new Map(),
      runs: new Map(),
      isDeleted: false,
    };
    for (const group of groups.all) putGroup(cluster, group);
    this.#clusters.set(name, cluster);
    return cluster;
  }

  /** By name or ARN, also a deleted one; `default` for none. */
  find(named = 'default'): Cluster | undefined {
    const { account } = this.#options;
    if (!named.includes(':')) return this.#clusters.get(named);
    const prefix = arn(account, 'ecs', 'cluster/');
    return named.startsWith(prefix) ? this.#clusters.get(named.slice(prefix.length)) : undefined;
  }

  /** @throws {CloudFault} */
  get(named?: string): Cluster {
    const cluster = this.find(named);
    if (cluster === undefined || cluster.isDeleted) throw new CloudFault('ClusterNotFoundException', 'Cluster not found.');
    return cluster;
  }

  delete(cluster: Cluster): void {
    cluster.isDeleted = true;
    cluster.world.close();
  }

  putTargetGroup(group: TargetGroup): void {
    for (const cluster of this.all) putGroup(cluster, group);
  }

  targetsOf(targetGroupArn: string): readonly TargetDescription[] {
    return this.all.flatMap(({ world }) => describeTargetHealth(world.state, targetGroupArn) ?? []);
  }

  deregister(targetGroupArn: string, { taskId, port }: TargetDescription): void {
    this.#withTask(taskId, ({ world }) => world.give({ type: 'deregister-targets', targetGroup: targetGroupArn, targets: [{ taskId, port }] }));
  }

  tellHealth(targetGroupArn: string, taskId: string, health: 'healthy' | 'unhealthy'): void {
    this.#withTask(taskId, ({ world }) => world.give({ type: 'target-health', targetGroup: targetGroupArn, taskId, health }));
  }

  localAddressOf(address: string, containerPort: number): { readonly host: string; readonly port: number } | undefined {
    for (const { world } of this.all) {
      const taskId = listTasks(world.state).find((id) => describeTask(world.state, id)?.privateIpv4Address === address);
      const port = taskId === undefined ? undefined : this.#options.tasks.get(taskId)?.portOf(containerPort);
      if (port !== undefined) return { host: '127.0.0.1', port };
    }
    return undefined;
  }

  /** Nothing happens any more. */
  close(): void {
    for (const { world } of this.all) world.close();
  }

  #apply(cluster: Cluster, effect: WorldEffect): void {
    const { groups, tasks, delivery } = this.#options;
    switch (effect.type) {
      case 'start-task':
        this.#start(cluster, effect.taskId, effect.taskDefinition);
        return;
      case 'register-target': {
        const group = groups.find(effect.targetGroup);
        const port = tasks.get(effect.taskId)?.portOf(effect.port);
        const portOf = (other: number): number | undefined => tasks.get(effect.taskId)?.portOf(other);
        if (group !== undefined && port !== undefined) groups.register(group, effect.taskId, { host: '127.0.0.1', port, portOf }, effect.lagMs);
        return;
      }
      case 'deregister-target': {
        const group = groups.find(effect.targetGroup);
        if (group !== undefined) groups.deregister(group, effect.taskId, effect.lagMs);
        return;
      }
      case 'send-signal':
        tasks.get(effect.taskId)?.signal(effect.signal);
        return;
      case 'event':
        delivery.send(effect.event);
        return;
      case 'task-state-changed':
        if (effect.state === 'PROVISIONING') this.#tag(cluster, effect.taskId);
        return;
      case 'placement-failed':
      case 'rejected':
        return;
    }
  }

  #start(cluster: Cluster, taskId: string, name: string): void {
    const { tasks, definitions } = this.#options;
    const { world, runs } = cluster;
    const definition = definitions.find(name);
    if (definition === undefined) throw new Error(`the world starts a task of ${name}, which was never registered`);
    tasks.forgetUnless((id) => this.all.some((one) => getTask(one.world.state, id) !== undefined));
    const main = mainContainer(definition)?.name ?? '';
    tasks.start({
      taskId,
      cluster: cluster.name,
      containers: definition.containers,
      overrides: runs.get(taskId)?.overrides.containerOverrides ?? [],
      isOfService: describeTask(world.state, taskId)?.group.startsWith('service:') === true,
      onStarted: () => world.give({ type: 'task-started', taskId }),
      onEnded: () => {
        const exitCode = tasks.get(taskId)?.exitCodeOf(main);
        world.give({ type: 'task-exited', taskId, ...(exitCode === undefined ? {} : { exitCode }) });
      },
    });
  }

  /** A task of a service. Those of RunTask are told by it. */
  #tag(cluster: Cluster, taskId: string): void {
    const group = describeTask(cluster.world.state, taskId)?.group ?? '';
    const details = group.startsWith('service:') ? cluster.services.get(group.slice('service:'.length)) : undefined;
    if (details !== undefined) tagNewTask(this.#options, cluster, taskId, details);
  }

  #withTask(taskId: string, act: (cluster: Cluster) => void): void {
    for (const cluster of this.all) if (getTask(cluster.world.state, taskId) !== undefined) act(cluster);
  }
}

function putGroup({ world }: Cluster, group: TargetGroup): void {
  world.give({
    type: 'put-target-group',
    targetGroup: { name: group.arn, port: group.port, deregistrationDelayMs: deregistrationDelayMs(group) },
  });
}
