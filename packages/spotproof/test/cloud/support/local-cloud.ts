import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateClusterCommand, ECSClient, type NetworkConfiguration, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createCloud, type Cloud } from '../../../src/cloud/create-cloud.ts';
import type { CloudOptions } from '../../../src/cloud/options.ts';
import { freePort } from './free-port.ts';

export const NETWORK: NetworkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-us-east-1a', 'subnet-us-east-1b'] } };
/** No cluster that is asked for by a test waits for networks to be detached. */
const PROMPT = { provisioningMs: [0, 0], pendingMs: [0, 0], deprovisioningMs: [0, 0] } as const;

/** A cloud with the unmodified AWS SDK before it. */
export class TestCloud {
  readonly cloud: Cloud;
  readonly directory: string;
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly sqs: SQSClient;
  readonly scaling: ApplicationAutoScalingClient;
  readonly dynamo: DynamoDBClient;

  private constructor(cloud: Cloud, directory: string) {
    this.cloud = cloud;
    this.directory = directory;
    const client = { endpoint: cloud.url, region: cloud.region, credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' }, maxAttempts: 1 };
    this.ecs = new ECSClient(client);
    this.elb = new ElasticLoadBalancingV2Client(client);
    this.sqs = new SQSClient(client);
    this.scaling = new ApplicationAutoScalingClient(client);
    this.dynamo = new DynamoDBClient(client);
  }

  static async start(options: Partial<CloudOptions> = {}): Promise<TestCloud> {
    const directory = await mkdtemp(path.join(tmpdir(), 'spotproof-cloud-'));
    return new TestCloud(
      await createCloud({ directory, delays: PROMPT, maxNodeLagMs: 0, onTrouble: (message) => console.error(message), ...options }),
      directory,
    );
  }

  get journal(): string {
    return path.join(this.directory, 'journal');
  }

  async stop(): Promise<void> {
    for (const client of [this.ecs, this.elb, this.sqs, this.scaling, this.dynamo]) client.destroy();
    await this.cloud.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  async cluster(clusterName: string): Promise<void> {
    await this.ecs.send(new CreateClusterCommand({ clusterName, capacityProviders: ['FARGATE', 'FARGATE_SPOT'] }));
  }

  /** A task definition of one container that runs the command. @returns `family:revision`. */
  async definition(
    family: string,
    command: readonly string[],
    container: { readonly stopTimeout?: number; readonly environment?: Record<string, string> } = {},
  ): Promise<string> {
    const { taskDefinition } = await this.ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: '256',
        memory: '512',
        containerDefinitions: [
          {
            name: 'app',
            image: 'local',
            command: [...command],
            portMappings: [{ containerPort: 8080 }],
            stopTimeout: container.stopTimeout ?? 10,
            environment: Object.entries({ JOURNAL: this.journal, ...container.environment }).map(([name, value]) => ({ name, value })),
          },
        ],
      }),
    );
    return `${family}:${taskDefinition?.revision}`;
  }

  /** A load balancer with a listener before a target group. */
  async front(
    name: string,
    deregistrationDelay = '2',
  ): Promise<{ readonly targetGroupArn: string; readonly loadBalancerArn: string; readonly listenerArn: string; readonly url: string }> {
    const { LoadBalancers } = await this.elb.send(new CreateLoadBalancerCommand({ Name: name, Subnets: ['subnet-us-east-1a', 'subnet-us-east-1b'] }));
    const { LoadBalancerArn = '', DNSName = '' } = LoadBalancers?.[0] ?? {};
    const { TargetGroups } = await this.elb.send(
      new CreateTargetGroupCommand({
        Name: name,
        Protocol: 'HTTP',
        Port: 80,
        VpcId: 'vpc-1',
        TargetType: 'ip',
        HealthCheckIntervalSeconds: 5,
        HealthCheckTimeoutSeconds: 2,
      }),
    );
    const { TargetGroupArn = '' } = TargetGroups?.[0] ?? {};
    await this.elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn,
        Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: deregistrationDelay }],
      }),
    );
    const port = await freePort();
    const { Listeners } = await this.elb.send(
      new CreateListenerCommand({ LoadBalancerArn, Protocol: 'HTTP', Port: port, DefaultActions: [{ Type: 'forward', TargetGroupArn }] }),
    );
    return {
      targetGroupArn: TargetGroupArn,
      loadBalancerArn: LoadBalancerArn,
      listenerArn: Listeners?.[0]?.ListenerArn ?? '',
      url: `http://${DNSName}:${port}`,
    };
  }
}
