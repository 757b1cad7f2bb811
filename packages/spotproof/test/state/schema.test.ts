import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXPIRY } from '../../../state/src/stores/dynamodb/table.ts';
import { schemaOf } from '../../src/state/schema.ts';
import { parseStoreAddress } from '../../src/state/store-address.ts';

const schema = (address: string, cloudformation = false): string => schemaOf(parseStoreAddress(address), { cloudformation });

test('each store prints what makes its table, under the name that the address has', () => {
  assert.match(schema('sqlite:x.db?table=mine'), /^CREATE TABLE IF NOT EXISTS "mine" \(/);
  assert.match(schema('postgres://db/x?schema=s&table=mine'), /^CREATE TABLE IF NOT EXISTS "s"\."mine" \(/);
  assert.match(schema('mysql://db/x?table=mine'), /^CREATE TABLE IF NOT EXISTS `mine` \(/);
  assert.equal((JSON.parse(schema('dynamodb:mine')) as { readonly TableName: string }).TableName, 'mine');
  assert.match(schema('redis://cache'), /^# .* need no schema/);
});

test('the CloudFormation template is the table of CreateTable, kept when the stack goes, with time to live on for what the store writes', () => {
  const { Resources } = JSON.parse(schema('dynamodb:mine', true)) as {
    readonly Resources: Readonly<
      Record<string, { readonly Type: string; readonly DeletionPolicy: string; readonly Properties: Readonly<Record<string, unknown>> }>
    >;
  };
  const { Type, DeletionPolicy, Properties } = Resources['Claims']!;
  const { TimeToLiveSpecification, PointInTimeRecoverySpecification: _backup, ...table } = Properties;

  assert.deepEqual([Type, DeletionPolicy], ['AWS::DynamoDB::Table', 'Retain']);
  assert.deepEqual(TimeToLiveSpecification, { AttributeName: EXPIRY, Enabled: true });
  assert.deepEqual(table, JSON.parse(schema('dynamodb:mine')));
});
