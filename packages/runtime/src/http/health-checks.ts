/**
 * Health checks as evidence: each balancer node checks on its own, at a fixed interval, and stops when the target is deregistered.
 * Only checks of the balancer itself count here; somebody's `curl` proves nothing.
 */
export class HealthChecks {
  readonly #nodes = new Map<string, BalancerNode>();

  note(address: string, now: number): void {
    const node = this.#nodes.get(address);
    if (node === undefined) {
      this.#makeRoom();
      this.#nodes.set(address, { lastAt: now, gapsMs: [] });
      return;
    }
    node.gapsMs.push(now - node.lastAt);
    if (node.gapsMs.length > REMEMBERED_GAPS) node.gapsMs.shift();
    node.lastAt = now;
  }

  /**
   * True when every node that was seen has been silent for more than two of its own intervals. A node that went away long ago is silent, so it
   * never stands in the way; a newcomer whose interval is not known yet is judged by the longest one known.
   */
  haveStopped(now: number): boolean {
    const nodes = [...this.#nodes.values()];
    const known = nodes.filter((node) => node.gapsMs.length >= ENOUGH_GAPS);
    if (known.length === 0) return false;
    // The longest gap, not the mean: two target groups may check from one address, close together and then long not.
    const longestKnown = Math.max(...known.map((node) => Math.max(...node.gapsMs)));
    return nodes.every((node) => {
      const intervalMs = node.gapsMs.length >= ENOUGH_GAPS ? Math.max(...node.gapsMs) : longestKnown;
      return now - node.lastAt > 2 * intervalMs;
    });
  }

  #makeRoom(): void {
    if (this.#nodes.size < MOST_NODES) return;
    const [longestSilent] = [...this.#nodes].toSorted(([, one], [, other]) => one.lastAt - other.lastAt);
    if (longestSilent !== undefined) this.#nodes.delete(longestSilent[0]);
  }
}

interface BalancerNode {
  lastAt: number;
  readonly gapsMs: number[];
}

/** Three checks. */
const ENOUGH_GAPS = 2;
const REMEMBERED_GAPS = 8;
/** A balancer has a node or more per zone, and replaces them as it scales. */
const MOST_NODES = 64;
