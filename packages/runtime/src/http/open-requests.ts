import type { ServerResponse } from 'node:http';
import type { Connection, OpenRequest } from './connection.ts';
import { requestName } from './request-facts.ts';

/** `served`: the whole answer was handed to the system. `abandoned`: the connection ended first, by its client or by the app. */
export type RequestEnd = 'served' | 'abandoned';

/** The requests that are being answered, one by one. Filled only while draining: before, the sockets themselves tell. */
export class OpenRequests {
  readonly #open = new Set<OpenRequest>();
  readonly #ended: (end: RequestEnd) => void;

  constructor(ended: (end: RequestEnd) => void) {
    this.#ended = ended;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Hands out all that are open and forgets them: how they end does not matter any more. */
  takeAll(): readonly OpenRequest[] {
    const all = [...this.#open];
    this.#open.clear();
    return all;
  }

  add(connection: Connection, response: ServerResponse): void {
    const open: OpenRequest = {
      name: requestName(response.req),
      startedAt: connection.requestAt,
      isServed: () => response.writableFinished,
    };
    this.#open.add(open);
    connection.open.add(open);
    response.once('close', () => {
      this.#end(connection, open);
    });
  }

  /** One that is known to end by itself whatever becomes of its connection; call what is returned when it has. */
  begin(open: OpenRequest): () => void {
    this.#open.add(open);
    return () => this.#settle(open);
  }

  /** The connection is gone. Responses that waited behind another never hear of it themselves. */
  connectionClosed(connection: Connection): void {
    for (const open of connection.open) this.#end(connection, open);
  }

  #end(connection: Connection, open: OpenRequest): void {
    connection.open.delete(open);
    this.#settle(open);
  }

  #settle(open: OpenRequest): void {
    if (this.#open.delete(open)) this.#ended(open.isServed() ? 'served' : 'abandoned');
  }
}
