import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { FrontNode } from './front-connection.ts';
import type { Http2Request } from './http2-headers.ts';

/** One request on a client's HTTP/2 connection. */
export interface StreamExchange {
  checkTimeouts(now: number): void;
}

/** What both kinds of exchange are made from. */
export interface StreamOptions {
  readonly node: FrontNode;
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly request: Http2Request;
  /** There is no request body. */
  readonly endsWithHeaders: boolean;
  readonly client: { readonly name: string; readonly address: string; readonly lastActivityAt: number };
}

/** Tells the client that a response that has begun will not be completed. `close()` would end it as if it were whole. */
export function resetStream(stream: ServerHttp2Stream): void {
  if (!stream.destroyed) stream.destroy(new Error('the response cannot be completed'));
}
