import { SpotproofError } from '@spotproof/core';
import type { MysqlConnection, MysqlPool } from './client.ts';
import { isDeadlock, mysqlError } from './errors.ts';

/** Statements on connections of a pool, each with a limit on how long it may take, since a server that is gone does not say so. */
export class Session<Connection extends MysqlConnection> {
  readonly #pool: MysqlPool<Connection>;
  readonly #timeoutMs: number;

  constructor(pool: MysqlPool<Connection>, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws SpotproofError `SPOTPROOF_STORE` */
  async ask(sql: string): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const connection = await this.#acquire();
      try {
        const answer = await this.#query(connection, sql);
        connection.release();
        return answer;
      } catch (error) {
        this.#giveBack(connection, error);
        // One of those who waited for each other always goes on.
        if (!isDeadlock(error) || attempt === DEADLOCKS_BORNE) throw mysqlError(error);
      }
    }
  }

  /**
   * Runs this in a transaction of its own.
   *
   * @param work Takes the time that it needs, and says also with which statement to end.
   * @param confirm Is given the answer to that statement, and may ask more; if it throws, all is rolled back.
   * @param isWritten Tells, once nobody can know whether the commit was done, whether it was.
   * @throws What `work` throws; SpotproofError `SPOTPROOF_STORE`
   */
  async transaction<R>(
    work: (connection: Connection) => Promise<{ readonly result: R; readonly sql: string }>,
    confirm: (answer: unknown, ask: (sql: string) => Promise<unknown>) => Promise<void>,
    isWritten: () => Promise<boolean>,
  ): Promise<R> {
    const connection = await this.#acquire();
    let result: R;
    try {
      // A snapshot would not bear that the heartbeat renews the record while the work goes on.
      await this.#told(connection, 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
      await this.#told(connection, 'START TRANSACTION');
      const done = await work(connection);
      result = done.result;
      await confirm(await this.#told(connection, done.sql), (sql) => this.#told(connection, sql));
    } catch (error) {
      await this.#rollBack(connection);
      throw error;
    }
    try {
      await this.#query(connection, 'COMMIT');
    } catch (error) {
      connection.destroy();
      if (await isWritten().catch(() => false)) return result;
      throw mysqlError(error);
    }
    connection.release();
    return result;
  }

  #acquire(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        reject(this.#late('The pool had no connection to the database'));
      }, this.#timeoutMs);
      this.#pool.getConnection().then(
        (connection) => {
          clearTimeout(timer);
          return isLate ? connection.release() : resolve(connection);
        },
        (error: unknown) => {
          clearTimeout(timer);
          reject(mysqlError(error));
        },
      );
    });
  }

  #query(connection: Connection, sql: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(this.#late('The database gave no answer')), this.#timeoutMs);
      connection
        .query({ sql, rowsAsArray: false, nestTables: false, typeCast: true })
        .finally(() => clearTimeout(timer))
        .then(([answer]) => resolve(answer), reject);
    });
  }

  async #told(connection: Connection, sql: string): Promise<unknown> {
    try {
      return await this.#query(connection, sql);
    } catch (error) {
      throw mysqlError(error);
    }
  }

  async #rollBack(connection: Connection): Promise<void> {
    try {
      await this.#query(connection, 'ROLLBACK');
      connection.release();
    } catch {
      // The server rolls back what is open when a connection ends.
      connection.destroy();
    }
  }

  /** What is late may still be at work, and its connection is of no use to anybody else. */
  #giveBack(connection: Connection, error: unknown): void {
    if (error instanceof SpotproofError) connection.destroy();
    else connection.release();
  }

  #late(what: string): SpotproofError {
    return new SpotproofError(
      'SPOTPROOF_STORE',
      `${what} within ${this.#timeoutMs} ms. Look whether the server can be reached; raise connectionLimit of the pool, or timeoutMs of the store.`,
      { retryable: true },
    );
  }
}

const DEADLOCKS_BORNE = 5;
