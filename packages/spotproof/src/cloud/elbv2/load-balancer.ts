import type { ListenAnswer } from './listen-address.ts';
import { tryToListen } from './listen-address.ts';

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly type: 'application' | 'network';
  readonly scheme: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly createdAt: number;
  /** Its address on this machine, and what the API calls its DNS name. */
  readonly host: string;
  readonly attributes: Map<string, string>;
  readonly listeners: Map<string, Listener>;
}

export interface Listener {
  readonly arn: string;
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  readonly targetGroupArn: string;
  readonly actions: readonly object[];
  readonly certificates: readonly object[] | undefined;
  readonly attributes: Map<string, string>;
}

/**
 * An address of its own where the system has more than one for itself (Linux), so that every load balancer can listen on port 80 as on AWS; otherwise the
 * one that all share.
 */
export async function addressForLoadBalancer(taken: ReadonlySet<string>): Promise<string> {
  for (let last = 1; last < 255; last++) {
    const host = `127.0.1.${last}`;
    if (taken.has(host)) continue;
    const answer: ListenAnswer = await tryToListen(host, 0);
    if (answer === 'free') return host;
    break;
  }
  return '127.0.0.1';
}
