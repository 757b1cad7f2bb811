import { SpotproofError } from '@spotproof/core';
import type { ClaimStore, StoreCheck } from '../../store.ts';
import { checkRace } from '../check-race.ts';
import type { Calls } from './calls.ts';
import type { TableDescription } from './client.ts';
import { EXPIRY, INDEX, dynamodbTable } from './table.ts';

/** @throws SpotproofError `SPOTPROOF_STORE` */
export async function checkTable(store: ClaimStore, { calls }: { readonly calls: Calls }): Promise<StoreCheck> {
  const { Table } = await calls.ask((options) => calls.client.describeTable({ TableName: calls.table }, options));
  if (Table === undefined) throw refused(`The table ${calls.table} is not there`);
  refuseUnfit(calls.table, Table);
  const warnings = [...(await expiryWarnings(calls)), ...regionWarnings(Table)];
  await checkRace(store);
  return { version: API_VERSION, durability: store.capabilities.durability, warnings };
}

function refuseUnfit(table: string, { TableStatus, KeySchema = [], AttributeDefinitions = [], GlobalSecondaryIndexes = [] }: TableDescription): void {
  if (TableStatus !== 'ACTIVE' && TableStatus !== 'UPDATING') {
    throw new SpotproofError('SPOTPROOF_STORE', `The table ${table} must be ACTIVE, got ${TableStatus ?? 'no status'}. Wait until it is.`, {
      retryable: true,
    });
  }
  const [hash, range] = KeySchema;
  const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === 'pk')?.AttributeType;
  if (hash?.AttributeName !== 'pk' || range !== undefined || type !== 'S') {
    const got = KeySchema.map(({ AttributeName }) => AttributeName).join(' and ');
    throw refused(`The key of the table ${table} must be the string pk alone, got ${got === '' ? 'none' : got}. Create it as dynamodbTable() says`);
  }
  const index = GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === INDEX);
  const expected = dynamodbTable({ table }).GlobalSecondaryIndexes[0];
  if (index === undefined)
    throw refused(`The table ${table} has no index named ${INDEX}, by which due work is found. Create it as dynamodbTable() says`);
  if (index.IndexStatus !== undefined && index.IndexStatus !== 'ACTIVE') {
    throw new SpotproofError('SPOTPROOF_STORE', `The index ${INDEX} must be ACTIVE, got ${index.IndexStatus}. Wait until it is.`, {
      retryable: true,
    });
  }
  const keys = index.KeySchema?.map(({ AttributeName }) => AttributeName) ?? [];
  if (expected?.KeySchema.some(({ AttributeName }, i) => keys[i] !== AttributeName) === true) {
    throw refused(`The keys of the index ${INDEX} must be dueIndex and dueIndexAt, got ${keys.join(' and ')}. Create it as dynamodbTable() says`);
  }
  const projected = new Set(index.Projection?.NonKeyAttributes);
  const missing = expected?.Projection.NonKeyAttributes.filter((name) => !projected.has(name)) ?? [];
  if (index.Projection?.ProjectionType !== 'ALL' && missing.length > 0) {
    throw refused(`The index ${INDEX} must project all but data and result, and misses ${missing.join(', ')}. Create it as dynamodbTable() says`);
  }
}

async function expiryWarnings(calls: Calls): Promise<readonly string[]> {
  try {
    const { TimeToLiveDescription: found } = await calls.ask((options) => calls.client.describeTimeToLive({ TableName: calls.table }, options));
    const isOn = found?.TimeToLiveStatus === 'ENABLED' || found?.TimeToLiveStatus === 'ENABLING';
    if (isOn && found.AttributeName === EXPIRY) return [];
    const is = isOn ? `on for ${found.AttributeName ?? 'another attribute'}` : 'off';
    return [`Time to live is ${is}: records are never removed. Switch it on for ${EXPIRY}.`];
  } catch (error) {
    return [`Whether time to live is on for ${EXPIRY} is not known: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function regionWarnings({ Replicas = [] }: TableDescription): readonly string[] {
  if (Replicas.length === 0) return [];
  const regions = Replicas.map(({ RegionName }) => RegionName ?? '?').join(', ');
  return [
    `This is a global table (${regions}): of two regions that write at once, the last one wins, and both believe it was they. All that claim must use one and the same region.`,
  ];
}

function refused(sentence: string): SpotproofError {
  return new SpotproofError('SPOTPROOF_STORE', `${sentence}.`);
}

const API_VERSION = 'DynamoDB 2012-08-10';
