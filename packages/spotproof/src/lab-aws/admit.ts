import { CloudFault } from '../cloud/wire/fault.ts';

/**
 * Refuses what would start a balancer anew: the records of the run would begin with it, and every connection be cut by the lab itself.
 *
 * @throws {CloudFault}
 */
export function refuseWhatBreaksTheRun({ operation }: { readonly operation: string }): void {
  if (!REFUSED.has(operation)) return;
  throw new CloudFault(
    'OperationNotPermitted',
    `${operation} is refused while a lab run goes on, which keeps the load balancer that it began with: its options say how that works.`,
  );
}

const REFUSED: ReadonlySet<string> = new Set([
  'DeleteListener',
  'DeleteLoadBalancer',
  'ModifyListenerAttributes',
  'ModifyLoadBalancerAttributes',
  'ModifyTargetGroup',
  'ModifyTargetGroupAttributes',
]);
