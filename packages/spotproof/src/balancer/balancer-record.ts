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
  'protocol-mismatch',
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
