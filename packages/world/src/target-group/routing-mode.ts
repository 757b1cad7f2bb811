import type { RoutingMode, Target } from './types.ts';

/**
 * Which registered targets get new requests.
 *
 * `healthy`: enough are healthy, so only those. `fail-open`: fewer than the minimum are, so the unhealthy ones as well (AWS, "Target group health":
 * below the threshold traffic goes to all targets, unhealthy included). `initial`: there is nothing but targets that never passed a check; AWS answers 503 only
 * for "no registered targets", so they get the requests (inferred). `none`: no target, or only draining ones; 503.
 */
export function routingMode(targets: readonly Target[], minimumHealthyTargets: number): RoutingMode {
  let healthy = 0;
  let unhealthy = 0;
  let initial = 0;
  for (const target of targets) {
    if (target.state === 'healthy') healthy++;
    else if (target.state === 'unhealthy') unhealthy++;
    else if (target.state === 'initial') initial++;
  }
  if (healthy >= minimumHealthyTargets) return 'healthy';
  if (healthy + unhealthy > 0) return 'fail-open';
  return initial > 0 ? 'initial' : 'none';
}

export function isRoutable(target: Target, mode: RoutingMode): boolean {
  switch (mode) {
    case 'healthy':
      return target.state === 'healthy';
    case 'fail-open':
      return target.state === 'healthy' || target.state === 'unhealthy';
    case 'initial':
      return target.state === 'initial';
    case 'none':
      return false;
  }
}
