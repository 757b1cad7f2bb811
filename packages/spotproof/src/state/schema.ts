import { SpotproofError } from '@spotproof/core';
import { dynamodbTable } from '@spotproof/state/dynamodb';
import { mysqlSchema } from '@spotproof/state/mysql';
import { postgresSchema } from '@spotproof/state/postgres';
import { sqliteSchema } from '@spotproof/state/sqlite';
import type { StoreAddress } from './store-address.ts';

/** What makes the table of a store, for whoever keeps schemas in files. Redis needs nothing. */
export function schemaOf(address: StoreAddress, { cloudformation }: { readonly cloudformation: boolean }): string {
  if (cloudformation && address.kind !== 'dynamodb')
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', `--cloudformation is for a table of DynamoDB, and ${address.label} is none. Leave it out.`);
  switch (address.kind) {
    case 'sqlite':
      return sqliteSchema(address);
    case 'postgres':
      return postgresSchema(address);
    case 'mysql':
      return mysqlSchema(address);
    case 'dynamodb':
      return `${JSON.stringify(cloudformation ? template(address.table) : dynamodbTable(address), null, 2)}\n`;
    case 'redis':
      return '# Redis and Valkey need no schema. How keys are named is in docs/reference/stores.md.\n';
  }
}

/** As CreateTable has it, but for time to live, which that cannot switch on; and kept when the stack goes. */
function template(table: string): object {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      Claims: {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          ...dynamodbTable({ table }),
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      },
    },
  };
}
