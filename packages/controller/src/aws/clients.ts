import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { AwsClients } from './cloud.ts';

export interface ConnectOptions {
  /** Default: as the SDK finds it, in the environment or a profile. */
  readonly region?: string | undefined;
  /** Where AWS is to be found; default AWS itself. The address of `spotproof cloud`, for instance. */
  readonly endpoint?: string | undefined;
}

export interface ConnectedClients extends AwsClients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  /** Closes the connections that they keep. */
  readonly destroy: () => void;
}

/** The clients of the AWS SDK as the controller wants them: patient with throttling. Credentials come from where the SDK finds them. */
export function connectAws({ region, endpoint }: ConnectOptions = {}): ConnectedClients {
  const options = {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 5,
    retryMode: 'adaptive',
  } as const;
  const clients = {
    ecs: new ECSClient(options),
    elb: new ElasticLoadBalancingV2Client(options),
    scaling: new ApplicationAutoScalingClient(options),
    dynamodb: new DynamoDBClient(options),
    sqs: new SQSClient(options),
  };
  return {
    ...clients,
    destroy() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
