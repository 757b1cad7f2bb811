/** One kind of request of the load, as the requests file describes it after parsing. Documented in docs/reference/requests-file.md. */
export interface RequestSpec {
  /** A label for reports; `<METHOD> <path>` unless given. */
  readonly name: string;
  readonly method: string;
  /** `{5..50}` stands for a whole number drawn from that range for each request. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: BodySpec | undefined;
  /** Share of this kind among all, relative to the other weights. */
  readonly weight: number;
  readonly expect: Expectation;
  /** A client that sends the request again when it was not answered, or not well; undefined for one that never does. */
  readonly retry?: RetrySpec;
  /** From the intended time to the last byte of the answer, of each attempt anew; for a connection that stays open, to its answer and from each message to its echo. */
  readonly timeoutMs: number;
  /** At most one of these: what is done with the connection instead of one request. */
  readonly websocket?: WebSocketSpec;
  readonly eventStream?: EventStreamSpec;
  readonly grpc?: GrpcSpec;
}

/** How a client repeats a request. */
export interface RetrySpec {
  /** How often at most, after the first time. */
  readonly times: number;
  /** Every attempt carries the same `Idempotency-Key`, of the request alone. */
  readonly idempotencyKey: boolean;
  /** How long it waits before each; a `Retry-After` makes it longer. */
  readonly waitMs: Range;
}

/** A client that opens a WebSocket, talks, and comes back when it is told to. */
export interface WebSocketSpec {
  /** How long it stays, over all its connections. */
  readonly keepMs: Range;
  /** Between two messages. */
  readonly everyMs: Range;
  /** `{n}` stands for the number of the message. */
  readonly message: string;
  /** Each message must come back as it is. */
  readonly expectEcho: boolean;
  /** Between being told to reconnect and doing so. */
  readonly reconnectMs: Range;
}

/** A client that listens to Server-Sent Events as `EventSource` does. */
export interface EventStreamSpec {
  readonly keepMs: Range;
  /** Ids are whole numbers without a gap, over reconnects too. */
  readonly consecutiveIds: boolean;
}

/** A gRPC call with one message. */
export interface GrpcSpec {
  /** The serialized message in base64. */
  readonly message: string;
  /** The status codes that are right. */
  readonly status: readonly number[];
  /** How many messages the answer must have; undefined when that is not looked at. */
  readonly messages: Range | undefined;
}

export type BodySpec =
  | { readonly kind: 'text'; readonly text: string }
  /** Random octets, as many as drawn from the range; sent at once with a Content-Length. */
  | { readonly kind: 'random'; readonly octets: Range }
  /** A slow upload: chunked transfer coding, pieces of random octets with a pause before each but the first. */
  | { readonly kind: 'chunks'; readonly count: Range; readonly octets: Range; readonly gapMs: Range };

/** Whole numbers, both ends included. */
export type Range = readonly [min: number, max: number];

/** What a complete answer must be; whatever is left out is not looked at. Without `status`, any below 500 will do. */
export interface Expectation {
  readonly status?: number | readonly number[];
  readonly bodyEquals?: string;
  readonly bodyContains?: string;
  readonly bodyEndsWith?: string;
  /** The body must contain the hex SHA-1 of the request's body. */
  readonly bodyHasSha1OfRequest?: boolean;
}
