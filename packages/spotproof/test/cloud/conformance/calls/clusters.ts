import type { CallGroup } from '../call.ts';

const BOTH = ['FARGATE', 'FARGATE_SPOT'];
const ON_SPOT = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
const WEB = { clusterName: 'web', status: 'ACTIVE', clusterArn: /^arn:aws:ecs:us-east-1:\d{12}:cluster\/web$/ };
const WEB_ARN = 'arn:aws:ecs:us-east-1:111122223333:cluster/web';

export const CLUSTERS: CallGroup = {
  title: 'Clusters and capacity providers',
  calls: [
    {
      call: 'ecs CreateCluster',
      input: { clusterName: 'web', capacityProviders: BOTH },
      expect: { answer: { cluster: { ...WEB, capacityProviders: BOTH, runningTasksCount: 0, activeServicesCount: 0 } } },
      fact: 'Developer guide, Fargate capacity providers: both must be associated with the cluster',
    },
    {
      call: 'ecs CreateCluster',
      input: { clusterName: 'web' },
      expect: { answer: { cluster: { ...WEB, capacityProviders: BOTH } } },
      fact: 'API reference, CreateCluster: a cluster that is there is given back as it is',
    },
    {
      call: 'ecs CreateCluster',
      input: {},
      expect: { answer: { cluster: { clusterName: 'default', capacityProviders: [] } } },
      fact: 'API reference, CreateCluster: without a name the cluster is called default',
    },
    {
      call: 'ecs CreateCluster',
      input: { clusterName: 'on-demand', capacityProviders: ['FARGATE'], tags: [{ key: 'team', value: 'shop' }] },
      expect: { answer: { cluster: { capacityProviders: ['FARGATE'], tags: [{ key: 'team', value: 'shop' }] } } },
      fact: 'API reference, CreateCluster: tags',
    },
    {
      call: 'ecs CreateCluster',
      input: { clusterName: 'two words' },
      expect: { refused: 'InvalidParameterException', message: /letters, numbers, hyphens/ },
      fact: 'API reference, CreateCluster: up to 255 letters, numbers, underscores and hyphens',
    },
    {
      call: 'ecs CreateCluster',
      input: { clusterName: 'typo', capacityProviders: ['FARGATE-SPOT'] },
      expect: { refused: 'InvalidParameterException', message: /FARGATE-SPOT.*not found/ },
      fact: 'API reference, CapacityProviderStrategyItem: the names are FARGATE and FARGATE_SPOT',
    },
    {
      call: 'ecs CreateCluster',
      input: { clusterName: 'bad', capacityProviders: ['FARGATE'], defaultCapacityProviderStrategy: ON_SPOT },
      expect: { refused: 'InvalidParameterException', message: /FARGATE_SPOT/ },
      fact: 'API reference, CapacityProviderStrategyItem: only providers that are associated with the cluster',
    },
    {
      call: 'ecs CreateCluster',
      input: { clusterName: 'bad', tags: [{ key: 'aws:team', value: 'x' }] },
      expect: { refused: 'InvalidParameterException', message: /aws:/ },
      fact: 'API type Tag: keys with the prefix aws: are reserved',
    },
    {
      call: 'ecs DescribeClusters',
      input: { clusters: ['web', 'nothing'] },
      expect: { answer: { clusters: [WEB], failures: [{ arn: /cluster\/nothing$/, reason: 'MISSING' }] } },
      fact: 'Developer guide, API failure reasons: MISSING',
    },
    {
      call: 'ecs DescribeClusters',
      input: { clusters: [WEB_ARN] },
      expect: { answer: { clusters: [WEB], failures: [] } },
      fact: 'API reference, DescribeClusters: names or full ARNs',
    },
    {
      call: 'ecs DescribeClusters',
      input: {},
      expect: { answer: { clusters: [{ clusterName: 'default' }] } },
      fact: 'API reference, DescribeClusters: without clusters, the default one is assumed',
    },
    {
      call: 'ecs ListClusters',
      input: {},
      expect: { answer: { clusterArns: [/\/web$/, /\/default$/, /\/on-demand$/] } },
      fact: 'API reference, ListClusters; what was refused is not there',
    },
    {
      call: 'ecs ListClusters',
      input: { nextToken: 'x' },
      expect: { refused: 'InvalidParameterException', message: /token/ },
      fact: 'API reference, ListClusters: only a token that an earlier page gave',
    },
    {
      call: 'ecs PutClusterCapacityProviders',
      input: { cluster: 'default', capacityProviders: BOTH, defaultCapacityProviderStrategy: ON_SPOT },
      expect: { answer: { cluster: { capacityProviders: BOTH, defaultCapacityProviderStrategy: ON_SPOT } } },
      fact: 'API reference, PutClusterCapacityProviders: replaces what was there',
    },
    {
      call: 'ecs PutClusterCapacityProviders',
      input: {
        cluster: 'default',
        capacityProviders: BOTH,
        defaultCapacityProviderStrategy: [
          { capacityProvider: 'FARGATE', weight: 1, base: 1 },
          { capacityProvider: 'FARGATE_SPOT', weight: 1, base: 1 },
        ],
      },
      expect: { refused: 'InvalidParameterException', message: /[Oo]nly one capacity provider/ },
      fact: 'API reference, CapacityProviderStrategyItem: only one can have a base',
    },
    {
      call: 'ecs PutClusterCapacityProviders',
      input: { cluster: 'default', capacityProviders: BOTH, defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1001 }] },
      expect: { refused: 'InvalidParameterException', message: /less than or equal to 1000/ },
      fact: 'Service model, CapacityProviderStrategyItemWeight: 0 to 1000',
    },
    {
      call: 'ecs PutClusterCapacityProviders',
      input: {
        cluster: 'default',
        capacityProviders: BOTH,
        defaultCapacityProviderStrategy: [{ capacityProvider: 'FARGATE', weight: 1, base: 100_001 }],
      },
      expect: { refused: 'InvalidParameterException', message: /less than or equal to 100000/ },
      fact: 'Service model, CapacityProviderStrategyItemBase: 0 to 100,000 tasks, not a percentage',
    },
    {
      call: 'ecs PutClusterCapacityProviders',
      input: { cluster: 'default', capacityProviders: BOTH },
      expect: { refused: 'InvalidParameterException', message: /defaultCapacityProviderStrategy.*must not be null/i },
      fact: 'Service model, PutClusterCapacityProvidersRequest: the strategy is required',
      refusedByCli: true,
    },
    {
      call: 'ecs PutClusterCapacityProviders',
      input: { cluster: 'nothing', capacityProviders: BOTH, defaultCapacityProviderStrategy: [] },
      expect: { refused: 'ClusterNotFoundException', message: /Cluster not found/ },
      fact: 'API reference, ClusterNotFoundException',
    },
    {
      call: 'ecs DescribeCapacityProviders',
      input: { capacityProviders: ['FARGATE', 'FARGATE_SPOT', 'mine'] },
      expect: {
        answer: {
          capacityProviders: [
            { name: 'FARGATE', status: 'ACTIVE' },
            { name: 'FARGATE_SPOT', status: 'ACTIVE' },
          ],
          failures: [{ reason: 'MISSING' }],
        },
      },
      fact: 'API reference, DescribeCapacityProviders: those of Fargate are there for all accounts',
    },
    {
      call: 'ecs TagResource',
      input: { resourceArn: WEB_ARN, tags: [{ key: 'stage', value: 'test' }] },
      expect: { answer: {} },
      fact: 'API reference, TagResource',
    },
    {
      call: 'ecs ListTagsForResource',
      input: { resourceArn: WEB_ARN },
      expect: { answer: { tags: [{ key: 'stage', value: 'test' }] } },
      fact: 'API reference, ListTagsForResource',
    },
    {
      call: 'ecs UntagResource',
      input: { resourceArn: WEB_ARN, tagKeys: ['stage'] },
      expect: { answer: {} },
      fact: 'API reference, UntagResource',
    },
    {
      call: 'ecs UpdateClusterSettings',
      input: { cluster: 'web', settings: [{ name: 'containerInsights', value: 'enabled' }] },
      expect: { answer: { cluster: { clusterName: 'web', settings: [{ name: 'containerInsights', value: 'enabled' }] } } },
      fact: 'API reference, UpdateClusterSettings. Here nothing looks at them',
    },
    {
      call: 'ecs UpdateCluster',
      input: { cluster: 'nothing', settings: [{ name: 'containerInsights', value: 'enabled' }] },
      expect: { refused: 'ClusterNotFoundException', message: /Cluster not found/ },
      fact: 'API reference, UpdateCluster',
    },
    {
      call: 'ecs TagResource',
      input: { resourceArn: 'arn:aws:ecs:us-east-1:111122223333:cluster/nothing', tags: [{ key: 'stage', value: 'test' }] },
      expect: { refused: 'InvalidParameterException', message: /not found/ },
      fact: 'API reference, TagResource: the resource must be there',
    },
  ],
};
