export type { MysqlConnection, MysqlPool, MysqlQuery } from './client.ts';
export { createMysqlStore, type MysqlStore, type MysqlStoreOptions } from './mysql-store.ts';
export { mysqlSchema, type MysqlSchemaOptions } from './schema.ts';
export type { Flavour } from './statements.ts';
