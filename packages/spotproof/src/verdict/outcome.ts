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

/** Why a balancer gave up on a request, in the words of the AWS troubleshooting page; undefined when the target answered. */
export const BALANCER_CAUSES = [
  'target-refused',
  'target-connect-timeout',
  'target-fin',
  'target-rst',
  'target-fin-in-body',
  'target-rst-in-body',
  'target-malformed',
  'target-head-too-large',
  'target-idle-timeout',
  'deregistration-delay-elapsed',
  'no-registered-targets',
  'bad-request',
  'client-closed',
] as const;
export type BalancerCause = (typeof BALANCER_CAUSES)[number];

/** One line of `balancer.ndjson`: one request as the balancer saw it. */
export interface BalancerRecord {
  /** The value of the request's `x-spotproof-request` header, or undefined for foreign traffic. */
  readonly id: string | undefined;
  readonly node: string;
  /** The target it was sent to, undefined when none was chosen. */
  readonly target: string | undefined;
  readonly connection: 'fresh' | 'reused' | undefined;
  /** The target's state on this node at the moment of choice. */
  readonly targetState: string | undefined;
  readonly receivedAt: number;
  readonly sentAt: number | undefined;
  readonly firstByteAt: number | undefined;
  readonly endedAt: number;
  /** What the client was sent; undefined when the client left first. */
  readonly status: number | undefined;
  /** What the target answered; undefined when it did not. */
  readonly targetStatus: number | undefined;
  readonly cause: BalancerCause | undefined;
  /** How long the target connection had been idle before this request, in milliseconds, when it was reused. */
  readonly idleMs: number | undefined;
}
