/**
 * What became of one request, as its client saw it. Exactly one holds for each request.
 *
 * `answered` a complete answer as expected · `bad-status` a complete answer, but 500 or above or not the expected one · `wrong-body` complete, but not the
 * expected content · `answered-twice` bytes of a second answer came · `refused` no connection · `no-response-fin`, `no-response-rst` the connection ended
 * before an answer began · `truncated-fin`, `truncated-rst` it ended in the middle of one · `garbage` the answer was not HTTP · `timed-out` nothing ended in time ·
 * `unanswered-message` a WebSocket message got no echo · `missed-event` an event stream went on behind an event that never came · `bad-close` a WebSocket
 * was closed with a code that tells of a fault. A connection that stays open is one request: it is `answered` when it ended as its protocol has it.
 */
export const OUTCOMES = [
  'answered',
  'bad-status',
  'wrong-body',
  'answered-twice',
  'refused',
  'no-response-fin',
  'no-response-rst',
  'truncated-fin',
  'truncated-rst',
  'garbage',
  'timed-out',
  'unanswered-message',
  'missed-event',
  'bad-close',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** What the request was spoken in, where that is not plain HTTP/1.1. */
export const PROTOCOLS = ['h2', 'websocket', 'event-stream', 'grpc'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * How a WebSocket or an event stream ended. `by-client` its time was up · `told-to-reconnect` the server said that it goes and ended it as the protocol has it
 * (WebSocket: close code 1001 or 1012; event stream: a `retry:` field and a complete end) · `by-server` ended as the protocol has it, without such a word ·
 * `cut` the connection broke · `not-opened` it never came about.
 */
export const ENDINGS = ['by-client', 'told-to-reconnect', 'by-server', 'cut', 'not-opened'] as const;
export type Ending = (typeof ENDINGS)[number];

/** What is known of a connection that stays open, beyond what any request has. */
export interface LongLivedFacts {
  readonly ending: Ending;
  /** WebSocket: the close code that the client saw; 1006 stands for none. */
  readonly closeCode: number | undefined;
  readonly closeReason: string | undefined;
  /** Event stream: the last `retry:` field, in milliseconds. */
  readonly retryMs: number | undefined;
  /** Messages, or events. */
  readonly sent: number;
  readonly received: number;
  /** Messages that crossed with the server's close and are sent again on the next connection. */
  readonly carriedOver: number;
  /** 1 for the first connection of a client, 2 for the one after its first reconnect. */
  readonly attempt: number;
}

/** One line of `client.ndjson`. Times are epoch milliseconds with fractions, comparable between the processes of one lab. */
export interface ClientRecord {
  readonly id: string;
  /** Which entry of the requests file it was made from. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** When the open model wanted it sent; latency counts from here. */
  readonly intendedAt: number;
  readonly sentAt: number;
  readonly firstByteAt: number | undefined;
  readonly endedAt: number;
  readonly outcome: Outcome;
  readonly status: number | undefined;
  /** Who made the answer: the balancer itself (`Server: awselb/2.0`) or an application behind it. */
  readonly answeredBy: 'balancer' | 'app' | undefined;
  readonly connection: 'fresh' | 'reused';
  /** The balancer node it was sent to. */
  readonly node: string;
  /** For a person: what was expected and what came. */
  readonly detail: string | undefined;
  /** Left out for plain HTTP/1.1. */
  readonly protocol?: Protocol;
  /** Only of a WebSocket or an event stream. */
  readonly longLived?: LongLivedFacts;
  /** Only of a gRPC call whose status came. */
  readonly grpcStatus?: number;
  /** Only of a request that was sent more than once: each time, in order. What else the record tells is the last one, but for `intendedAt` and `sentAt`. */
  readonly attempts?: readonly Attempt[];
}

/** One time that a request was sent, of several. */
export interface Attempt {
  /** What it carried in `x-spotproof-request`: that of the record, then with `.2`, `.3` after it. */
  readonly id: string;
  readonly node: string;
  readonly sentAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  readonly status: number | undefined;
  readonly detail: string | undefined;
}
