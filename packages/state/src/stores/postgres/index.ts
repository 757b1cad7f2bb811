export { createPostgresStore, type PostgresStore, type PostgresStoreOptions } from './postgres-store.ts';
export { postgresSchema, type PostgresSchemaOptions } from './schema.ts';
export type { PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './pool.ts';
