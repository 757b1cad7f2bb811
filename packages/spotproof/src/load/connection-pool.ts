import type { Connection } from './connection.ts';

/** Idle keep-alive connections to one node. The one that was used last is taken first, so that a fall in load lets the others grow old. */
export class ConnectionPool {
  #idle: Connection[] = [];

  take(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || connection.open) return connection;
    }
  }

  put(connection: Connection): void {
    this.#idle.push(connection);
  }

  /** Closes what has been idle since before `idleSince`, and forgets what the other side closed. */
  retire(idleSince: number): void {
    for (const connection of this.#idle) if (connection.idleSince < idleSince) connection.close();
    this.#idle = this.#idle.filter((connection) => connection.open);
  }
}
