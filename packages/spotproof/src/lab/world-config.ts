import type { WorldConfig } from '@spotproof/world';
import type { LabOptions } from '../verdict/lab-run.ts';

/** The world that a run plays. Tasks start as fast as this machine can; what is real about the cloud here is how tasks end. */
export function worldConfig(options: LabOptions): WorldConfig {
  return {
    seed: options.seed,
    desiredCount: options.tasks,
    nodes: options.balancer.nodes,
    stopTimeoutMs: options.stopTimeoutMs,
    deregistrationDelayMs: options.balancer.deregistrationDelayMs,
    deregistration: options.deregistration,
    maxNodeLagMs: options.maxNodeLagMs,
    replacement: options.replacement === 'after-stopped' ? 'after-stopped' : 'at-notice',
    launchesAvailable: options.replacement === 'never' ? options.tasks : undefined,
    delays: { provisioningMs: [0, 0], pendingMs: [0, 0], deprovisioningMs: DEPROVISIONING_MS },
  };
}

/** From the end of the containers to STOPPED: the network interface is detached. AWS gives no figure; this is our judgement. */
const DEPROVISIONING_MS = [1000, 3000] as const;
