/**
 * The part of `pg.Pool` that is used. Another client is put behind it by three methods, such as postgres.js:
 *
 * ```ts
 * const pool = {
 *   query: async ({ text, values }) => ({ rows: await sql.unsafe(text, values) }),
 *   connect: async () => {
 *     const reserved = await sql.reserve();
 *     return { query: async ({ text, values }) => ({ rows: await reserved.unsafe(text, values) }), release: () => reserved.release() };
 *   },
 * };
 * ```
 *
 * 64-bit integers may come as text, number or bigint; `bytea` comes and goes as `Uint8Array`.
 */
export interface PostgresPool {
  query(query: PostgresQuery): Promise<PostgresResult>;
  /** A connection of one's own, until it is released. */
  connect(): Promise<PostgresClient>;
  /** As every pool of `pg` has it; lets `check()` see that nobody listens, in which case a connection that breaks while idle ends the process. */
  listenerCount?(event: 'error'): number;
}

export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>;
  /** @param destroy The connection is not to be used again. */
  release(destroy?: boolean): void;
  /** As every client of `pg` has them: a connection that breaks while the work does something else would end the process otherwise. */
  on?(event: 'error', listener: (error: Error) => void): unknown;
  removeListener?(event: 'error', listener: (error: Error) => void): unknown;
}

/** One statement, sent by the extended protocol. */
export interface PostgresQuery {
  /** Under which the connection keeps it prepared. */
  readonly name?: string;
  readonly text: string;
  /** Texts, numbers, nulls and `Uint8Array`s for `$1`, `$2` and so on. */
  values: unknown[];
}

export interface PostgresResult {
  readonly rows: readonly unknown[];
}

/** What `connect()` of this pool gives: of `pg`, whose pool also takes a callback, and of any other. */
export type ClientOf<Pool> = Pool extends { connect: { (): Promise<infer Client>; (callback: never): void } } ? Client : PostgresClient;
