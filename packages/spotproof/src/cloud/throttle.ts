import { FULL_API_BUCKETS, takeApiToken } from '@spotproof/world';
import { epochNow } from '../epoch.ts';
import { CloudFault } from './wire/fault.ts';

/** Refuses calls as AWS does when one account calls too often in one region. */
export function createThrottle(): (call: { readonly service: string; readonly operation: string }) => void {
  let buckets = FULL_API_BUCKETS;
  return ({ service, operation }) => {
    const prefix = IAM_PREFIXES[service];
    if (prefix === undefined) return;
    const take = takeApiToken(buckets, `${prefix}:${operation}`, epochNow());
    buckets = take.buckets;
    if (!take.taken) throw new CloudFault(prefix === 'ecs' ? 'ThrottlingException' : 'Throttling', 'Rate exceeded');
  };
}

const IAM_PREFIXES: Readonly<Record<string, 'ecs' | 'elasticloadbalancing'>> = {
  'Amazon ECS': 'ecs',
  'Elastic Load Balancing': 'elasticloadbalancing',
};
