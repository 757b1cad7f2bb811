import type { Clock } from '@spotproof/core';
import { type Controller, createController } from '../controller.ts';
import type { Decision } from '../decision.ts';
import type { Unit } from '../unit.ts';
import type { ConnectedClients } from './clients.ts';
import { awsCloud } from './cloud.ts';
import { dynamoDbMemory } from './dynamodb-memory.ts';
import { tagMemory } from './tag-memory.ts';

export interface ConnectControllerOptions {
  readonly clients: ConnectedClients;
  readonly units: readonly Unit[];
  /** A DynamoDB table with the partition key `pk`; without one, the memory is in a tag of the twin. */
  readonly memoryTable: string | undefined;
  /** Tells this process from others, in the table. */
  readonly owner: string;
  /** Its origin must be the Unix epoch. */
  readonly clock: Clock;
  readonly record: (decision: Decision) => void;
}

/** The controller on AWS, or on what stands in for it: the same in a function and in a process of its own. */
export function connectController({ clients, units, memoryTable, owner, clock, record }: ConnectControllerOptions): Controller {
  const memory =
    memoryTable === undefined
      ? tagMemory({ ecs: clients.ecs, units, clock })
      : dynamoDbMemory({ client: clients.dynamodb, table: memoryTable, clock, owner });
  return createController({ units, clock, record, cloud: awsCloud(clients), memory });
}
