export { createSqliteStore, type SqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';
export { sqliteSchema, type SqliteSchemaOptions } from './schema.ts';
