import type { BalancerReport } from '../balancer/protocol.ts';

/** What each balancer node makes of each target, by its own reports. */
export class TargetViews {
  readonly #nodes: () => readonly string[];
  readonly #states = new Map<string, string>();
  readonly #reasons = new Map<string, string>();

  /** @param nodes The names of the balancer's nodes. */
  constructor(nodes: () => readonly string[]) {
    this.#nodes = nodes;
  }

  onReport(report: BalancerReport): void {
    if (report.type === 'target-draining') this.#states.set(key(report.node, report.targetId), 'draining');
    if (report.type !== 'target-health') return;
    this.#states.set(key(report.node, report.targetId), report.state);
    if (report.reason !== undefined) this.#reasons.set(report.targetId, report.reason);
  }

  isHealthyEverywhere(targetId: string): boolean {
    return this.#nodes().every((node) => this.#states.get(key(node, targetId)) === 'healthy');
  }

  isUnhealthyEverywhere(targetId: string): boolean {
    return this.#nodes().every((node) => this.#states.get(key(node, targetId)) === 'unhealthy');
  }

  /** The nodes that may send it new requests because they have not seen it leave or fail. */
  nodesThatUse(targetId: string): readonly string[] {
    return this.#nodes().filter((node) => {
      const state = this.#states.get(key(node, targetId));
      return state === 'healthy' || state === 'initial';
    });
  }

  /** The last reason given for the target's state. */
  reasonOf(targetId: string): string | undefined {
    return this.#reasons.get(targetId);
  }
}

function key(node: string, targetId: string): string {
  return `${node} ${targetId}`;
}
