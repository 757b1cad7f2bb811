/** The part of a pool of `mysql2/promise` that is used. `createPool` of `mysql2/promise` makes one. */
export interface MysqlPool<Connection extends MysqlConnection = MysqlConnection> {
  getConnection(): Promise<Connection>;
}

/** The part of its connections that is used. */
export interface MysqlConnection {
  query(options: MysqlQuery): Promise<readonly [unknown, unknown]>;
  release(): void;
  destroy(): void;
}

/** What the pool's own options may say otherwise is said for each query. */
export interface MysqlQuery {
  readonly sql: string;
  readonly rowsAsArray: false;
  readonly nestTables: false;
  readonly typeCast: true;
}
