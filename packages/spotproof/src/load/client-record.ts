/**
 * What became of one request, as its client saw it. Exactly one holds for each request.
 *
 * `answered` a complete answer as expected · `bad-status` a complete answer, but 500 or above or not the expected one · `wrong-body` complete, but not the
 * expected content · `answered-twice` bytes of a second answer came · `refused` no connection · `no-response-fin`, `no-response-rst` the connection ended
 * before an answer began · `truncated-fin`, `truncated-rst` it ended in the middle of one · `garbage` the answer was not HTTP · `timed-out` nothing ended in time.
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
] as const;
export type Outcome = (typeof OUTCOMES)[number];

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
}
