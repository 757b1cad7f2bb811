/**
 * How a flow ended. `closed`: by a FIN from both sides. `client-reset` and `target-reset`: that side sent RST, and the other one got it. The rest are the
 * balancer's own: no connection to the target, nobody registered, and the resets of the target group (`unhealthy`, `delay-over`, `idle`) and of the balancer's end.
 */
export type FlowEnd =
  | 'closed'
  | 'client-reset'
  | 'target-reset'
  | 'target-refused'
  | 'target-connect-timeout'
  | 'local-failure'
  | 'no-targets'
  | 'unhealthy'
  | 'delay-over'
  | 'idle'
  | 'stopped';

/** One line of the records file of a Network Load Balancer: one TCP connection. */
export interface FlowRecord {
  /** Tells it from the record of a request. */
  readonly kind: 'flow';
  /** Counted by the node from 1, in order of arrival. */
  readonly id: string;
  readonly node: string;
  /** `host:port`. */
  readonly client: string;
  /** Undefined when there was none to choose. */
  readonly target: string | undefined;
  /** The target's state on this node at the moment of choice. */
  readonly targetState: string | undefined;
  /** Epoch milliseconds with fractions. */
  readonly openedAt: number;
  readonly endedAt: number;
  readonly receivedOctets: number;
  readonly sentOctets: number;
  readonly end: FlowEnd;
}

/** Whether it ended as client and target meant it. */
export function endedByItself({ end }: FlowRecord): boolean {
  return end === 'closed' || end === 'client-reset' || end === 'target-reset';
}
