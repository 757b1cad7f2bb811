import { describeService, describeTask } from '@spotproof/world';
import { ECS } from '../models/ecs.ts';
import type { Tag } from '../tags.ts';
import { CloudFault } from '../wire/fault.ts';
import type { CloudService } from '../wire/service.ts';
import { clusterOperations } from './cluster-operations.ts';
import { protectionOperations } from './protection-operations.ts';
import { shortName, type Resources } from './resources.ts';
import { serviceOperations } from './service-operations.ts';
import type { RegisterInput } from './task-definitions.ts';
import { taskOperations } from './task-operations.ts';

/** Amazon ECS on Fargate, as far as services, tasks and their interruptions need it. */
export function ecsService(resources: Resources): CloudService {
  const { definitions, tags } = resources;
  return {
    name: 'Amazon ECS',
    model: ECS,
    protocol: { kind: 'json', version: '1.1', targetPrefix: 'AmazonEC2ContainerServiceV20141113' },
    invalidInputCode: 'InvalidParameterException',
    operations: {
      ...clusterOperations(resources),
      RegisterTaskDefinition: (input: RegisterInput) => definitions.register(input),
      DescribeTaskDefinition: ({ taskDefinition }: { readonly taskDefinition: string }) => definitions.describe(taskDefinition),
      ListTaskDefinitions: (input: Parameters<typeof definitions.list>[0]) => definitions.list(input),
      ListTaskDefinitionFamilies: (input: Parameters<typeof definitions.families>[0]) => definitions.families(input),
      DeregisterTaskDefinition: ({ taskDefinition }: { readonly taskDefinition: string }) => definitions.deregister(taskDefinition),
      ...serviceOperations(resources),
      ...taskOperations(resources),
      ...protectionOperations(resources),
      TagResource: ({ resourceArn, tags: given }: OfResource & { readonly tags: readonly Tag[] }) => {
        checkResource(resources, resourceArn);
        tags.add(resourceArn, given);
        return {};
      },
      UntagResource: ({ resourceArn, tagKeys }: OfResource & { readonly tagKeys: readonly string[] }) => {
        checkResource(resources, resourceArn);
        tags.remove(resourceArn, tagKeys);
        return {};
      },
      ListTagsForResource: ({ resourceArn }: OfResource) => {
        checkResource(resources, resourceArn);
        return { tags: tags.of(resourceArn) };
      },
    },
  };
}

interface OfResource {
  readonly resourceArn: string;
}

/** @throws {CloudFault} for an ARN of nothing. */
function checkResource({ clusters, definitions }: Resources, resourceArn: string): void {
  const [kind = '', clusterName = ''] = (resourceArn.split(':')[5] ?? '').split('/');
  const exists = (): boolean => {
    if (kind === 'task-definition') return definitions.find(resourceArn) !== undefined;
    const cluster = clusters.find(clusterName);
    if (cluster === undefined || cluster.isDeleted) return false;
    if (kind === 'cluster') return true;
    if (kind === 'service') return describeService(cluster.world.state, shortName(resourceArn)) !== undefined;
    return kind === 'task' && describeTask(cluster.world.state, shortName(resourceArn)) !== undefined;
  };
  if (!exists()) throw new CloudFault('InvalidParameterException', `The specified resource ${resourceArn} was not found.`);
}
