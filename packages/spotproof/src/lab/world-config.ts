import { createWorld, DEFAULT_CLUSTER, step, type World, type WorldConfig, type WorldInput } from '@spotproof/world';
import type { LabOptions } from '../verdict/lab-run.ts';

/** The world that a run plays. Tasks start as fast as this machine can; what is real about the cloud here is how tasks end. */
export function worldConfig(options: LabOptions): WorldConfig {
  return {
    seed: options.seed,
    // All the processes stand on one machine.
    cluster: { ...DEFAULT_CLUSTER, zones: ['us-east-1a'] },
    nodes: options.balancer.nodes,
    deregistration: options.deregistration,
    maxNodeLagMs: options.maxNodeLagMs,
    replacement: options.replacement === 'after-stopped' ? 'after-stopped' : 'at-notice',
    delays: { provisioningMs: [0, 0], pendingMs: [0, 0], deprovisioningMs: DEPROVISIONING_MS },
    events: false,
  };
}

/** What makes the service that a run plays: all of it on Spot, behind one target group. To be given to the world at once, in this order. */
export function serviceInputs(options: LabOptions): readonly WorldInput[] {
  const targetGroup = { name: SERVICE, port: PORT, deregistrationDelayMs: options.balancer.deregistrationDelayMs };
  return [
    { type: 'capacity', launches: options.replacement === 'never' ? options.tasks : undefined },
    { type: 'put-target-group', targetGroup },
    {
      type: 'create-service',
      service: {
        name: SERVICE,
        desiredCount: options.tasks,
        taskDefinition: { name: `${SERVICE}:1`, stopTimeoutMs: options.stopTimeoutMs },
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        loadBalancers: [{ targetGroup: SERVICE, containerPort: PORT }],
      },
    },
  ];
}

/** @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for the first option that no world could be made with. */
export function checkWorldOptions(options: LabOptions): void {
  const empty: World = createWorld(worldConfig(options));
  serviceInputs(options).reduce((world, input) => step(world, input, 0).world, empty);
}

/** The name of the service, and of its target group. */
export const SERVICE = 'app';
/** Of the container as the world names it; on this machine each task has a port of its own. */
const PORT = 8080;
/** From the end of the containers to STOPPED: the network interface is detached. AWS gives no figure; this is our judgement. */
const DEPROVISIONING_MS = [1000, 3000] as const;
