import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { clientOptions, type ConnectOptions } from './client-options.ts';
import type { AwsClients } from './cloud.ts';

export interface ConnectedClients extends AwsClients {
  readonly dynamodb: DynamoDBClient;
  /** Closes the connections that they keep. */
  readonly destroy: () => void;
}

/** The clients of the AWS SDK as the controller wants them: patient with throttling. Credentials come from where the SDK finds them. */
export function connectAws(where: ConnectOptions = {}): ConnectedClients {
  const options = clientOptions(where);
  const clients = {
    ecs: new ECSClient(options),
    elb: new ElasticLoadBalancingV2Client(options),
    scaling: new ApplicationAutoScalingClient(options),
    dynamodb: new DynamoDBClient(options),
  };
  return {
    ...clients,
    destroy() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
