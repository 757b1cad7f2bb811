import { type CapacityProvider, configOf, countService, describeService, describeTask, listServices, listTasks } from '@spotproof/world';
import { arn } from '../account.ts';
import { pageOf } from '../page-of.ts';
import type { Tag } from '../tags.ts';
import { CloudFault } from '../wire/fault.ts';
import type { Operation } from '../wire/service.ts';
import type { Cluster } from './cluster.ts';
import { providerNamed, strategyOf, type StrategyItemInput } from './launch.ts';
import type { Resources } from './resources.ts';

/** Clusters and their capacity providers. */
export function clusterOperations(resources: Resources): Readonly<Record<string, Operation>> {
  const { clusters, account } = resources;
  return {
    CreateCluster: (input: CreateClusterInput) => ({ cluster: create(resources, input) }),
    DescribeClusters: ({ clusters: named = ['default'] }: { readonly clusters?: readonly string[] }) => {
      const found = named.map((name) => ({ name, cluster: clusters.find(name) }));
      return {
        clusters: found.flatMap(({ cluster }) => (cluster === undefined ? [] : [describe(resources, cluster)])),
        failures: found.flatMap(({ name, cluster }) =>
          cluster === undefined ? [{ arn: name.includes(':') ? name : arn(account, 'ecs', `cluster/${name}`), reason: 'MISSING' }] : [],
        ),
      };
    },
    ListClusters: ({ maxResults = 100, nextToken }: { readonly maxResults?: number; readonly nextToken?: string }) => {
      const page = pageOf(clusters.all, { nextToken, size: maxResults, invalidCode: 'InvalidParameterException' });
      return { clusterArns: page.items.map((cluster) => cluster.arn), nextToken: page.nextToken };
    },
    DeleteCluster: ({ cluster: named }: { readonly cluster: string }) => {
      const cluster = clusters.get(named);
      const { state } = cluster.world;
      if (listServices(state).length > 0)
        throw new CloudFault('ClusterContainsServicesException', 'The Cluster cannot be deleted while Services are active.');
      if (liveTasks(cluster).length > 0)
        throw new CloudFault('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.');
      clusters.delete(cluster);
      return { cluster: describe(resources, cluster) };
    },
    UpdateCluster: ({ cluster: named, settings = [] }: UpdateSettingsInput) => updateSettings(resources, named, settings),
    UpdateClusterSettings: ({ cluster: named, settings = [] }: UpdateSettingsInput) => updateSettings(resources, named, settings),
    PutClusterCapacityProviders: (input: PutProvidersInput) => {
      const cluster = clusters.get(input.cluster);
      const providers = input.capacityProviders.map(providerNamed);
      const lost = providersInUse(cluster).find((provider) => !providers.includes(provider));
      if (lost !== undefined)
        throw new CloudFault(
          'ResourceInUseException',
          `The capacity provider ${lost} is in use by a service and cannot be removed from the cluster.`,
        );
      cluster.world.call({
        type: 'put-cluster-capacity-providers',
        capacityProviders: providers,
        defaultCapacityProviderStrategy: strategyOf(input.defaultCapacityProviderStrategy),
      });
      return { cluster: describe(resources, cluster) };
    },
    DescribeCapacityProviders: ({ capacityProviders = ['FARGATE', 'FARGATE_SPOT'] }: { readonly capacityProviders?: readonly string[] }) => {
      const known = capacityProviders.filter((name) => name.endsWith('FARGATE') || name.endsWith('FARGATE_SPOT'));
      return {
        capacityProviders: known.map((named) => {
          const name = named.slice(named.lastIndexOf('/') + 1);
          return { capacityProviderArn: arn(account, 'ecs', `capacity-provider/${name}`), name, status: 'ACTIVE' };
        }),
        failures: capacityProviders.filter((name) => !known.includes(name)).map((name) => ({ arn: name, reason: 'MISSING' })),
      };
    },
  };
}

interface CreateClusterInput {
  readonly clusterName?: string;
  readonly tags?: readonly Tag[];
  readonly settings?: Cluster['settings'];
  readonly capacityProviders?: readonly string[];
  readonly defaultCapacityProviderStrategy?: readonly StrategyItemInput[];
}

interface UpdateSettingsInput {
  readonly cluster: string;
  readonly settings?: Cluster['settings'];
}

interface PutProvidersInput {
  readonly cluster: string;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly StrategyItemInput[];
}

/** What is not named stays as it is. */
function updateSettings(resources: Resources, named: string, settings: Cluster['settings']): object {
  const cluster = resources.clusters.get(named);
  cluster.settings = [...new Map([...cluster.settings, ...settings].map((setting) => [setting.name, setting])).values()];
  return { cluster: describe(resources, cluster) };
}

/** A second call for a cluster that is there changes nothing. */
function create(resources: Resources, input: CreateClusterInput): object {
  const { clusters, tags } = resources;
  const { clusterName = 'default', capacityProviders = [], defaultCapacityProviderStrategy = [], settings = [] } = input;
  const known = clusters.find(clusterName);
  if (known !== undefined && !known.isDeleted) return describe(resources, known);
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(clusterName))
    throw new CloudFault('InvalidParameterException', 'Identifier must contain only letters, numbers, hyphens and underscores, 255 at most.');
  const providers = capacityProviders.map(providerNamed);
  const cluster = clusters.create(clusterName, { capacityProviders: [], strategy: [] });
  try {
    cluster.world.call({
      type: 'put-cluster-capacity-providers',
      capacityProviders: providers,
      defaultCapacityProviderStrategy: strategyOf(defaultCapacityProviderStrategy),
    });
    tags.add(cluster.arn, input.tags ?? []);
  } catch (error) {
    clusters.delete(cluster);
    throw error;
  }
  cluster.settings = settings;
  return describe(resources, cluster);
}

function describe({ tags }: Resources, cluster: Cluster): object {
  const { state } = cluster.world;
  const { cluster: config } = configOf(state);
  const tasks = cluster.isDeleted ? [] : liveTasks(cluster);
  const services = cluster.isDeleted ? [] : listServices(state);
  const running = tasks.filter((id) => describeTask(state, id)?.lastStatus === 'RUNNING');
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.isDeleted ? 'INACTIVE' : 'ACTIVE',
    registeredContainerInstancesCount: 0,
    runningTasksCount: running.length,
    pendingTasksCount: services.reduce((sum, name) => sum + (countService(state, name)?.pending ?? 0), 0),
    activeServicesCount: services.length,
    statistics: [],
    tags: tags.of(cluster.arn),
    settings: cluster.settings,
    capacityProviders: config.capacityProviders,
    defaultCapacityProviderStrategy: config.defaultCapacityProviderStrategy,
  };
}

function providersInUse({ world }: Cluster): readonly CapacityProvider[] {
  return listServices(world.state).flatMap(
    (name) => describeService(world.state, name)?.capacityProviderStrategy.map((item) => item.capacityProvider) ?? [],
  );
}

/** Those that have not come to their end. */
function liveTasks({ world }: Cluster): readonly string[] {
  const { state } = world;
  const stopping = listTasks(state, { desiredStatus: 'STOPPED' }).filter((id) => describeTask(state, id)?.lastStatus !== 'STOPPED');
  return [...listTasks(state), ...stopping];
}
