import { SUMMARY_ATTRIBUTES } from './item.ts';

export interface DynamodbTableOptions {
  readonly table: string;
}

/**
 * What CreateTable is to be given: one string key; an index for what is due, in which a record is only while it is pending or held; on demand. After that
 * switch time to live on for the attribute `expiresAt` (UpdateTimeToLive), or records are never removed.
 */
export function dynamodbTable({ table }: DynamodbTableOptions): DynamodbTable {
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'dueIndex', AttributeType: 'S' },
      { AttributeName: 'dueIndexAt', AttributeType: 'N' },
    ],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: INDEX,
        KeySchema: [
          { AttributeName: 'dueIndex', KeyType: 'HASH' },
          { AttributeName: 'dueIndexAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...SUMMARY_ATTRIBUTES] },
      },
    ],
  };
}

export const INDEX = 'due';
export const EXPIRY = 'expiresAt';

/** As CreateTableCommandInput of the SDK, which takes it. */
export interface DynamodbTable {
  TableName: string;
  BillingMode: 'PAY_PER_REQUEST';
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' }[];
  KeySchema: KeyElement[];
  GlobalSecondaryIndexes: { IndexName: string; KeySchema: KeyElement[]; Projection: { ProjectionType: 'INCLUDE'; NonKeyAttributes: string[] } }[];
}

interface KeyElement {
  AttributeName: string;
  KeyType: 'HASH' | 'RANGE';
}
