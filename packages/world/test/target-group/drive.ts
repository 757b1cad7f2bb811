import {
  createTargetGroup,
  endRequest,
  routeRequest,
  stepTargetGroup,
  type CheckResult,
  type Target,
  type TargetGroup,
  type TargetGroupEffect,
  type TargetGroupInput,
  type TargetGroupOptions,
} from '@spotproof/world';

/** A target group with its effects gathered, so that a test reads as a story. */
export class Driven {
  group: TargetGroup;
  effects: TargetGroupEffect[] = [];

  constructor(options: Partial<TargetGroupOptions> = {}) {
    this.group = createTargetGroup({ ...DEFAULTS, ...options });
  }

  input(input: TargetGroupInput): readonly TargetGroupEffect[] {
    const { group, effects } = stepTargetGroup(this.group, input);
    this.group = group;
    this.effects.push(...effects);
    return effects;
  }

  register(targetId: string, at = 0): void {
    this.input({ type: 'register', at, targetId });
  }

  /** Registers and lets the first check pass. */
  registerHealthy(...targetIds: readonly string[]): void {
    for (const targetId of targetIds) {
      this.register(targetId);
      this.check(targetId, 'passed');
    }
  }

  deregister(targetId: string, at: number): readonly TargetGroupEffect[] {
    return this.input({ type: 'deregister', at, targetId });
  }

  check(targetId: string, result: CheckResult, times = 1, at = 0): void {
    for (let count = 0; count < times; count++) {
      this.input({ type: 'check-ended', at, targetId, registration: this.target(targetId).registration, result });
    }
  }

  pick(): string | undefined {
    const { group, target } = routeRequest(this.group);
    this.group = group;
    return target?.id;
  }

  picks(count: number): readonly (string | undefined)[] {
    return Array.from({ length: count }, () => this.pick());
  }

  end(targetId: string): readonly TargetGroupEffect[] {
    const { group, effects } = endRequest(this.group, targetId, this.target(targetId).registration);
    this.group = group;
    return effects;
  }

  find(targetId: string): Target | undefined {
    return this.group.targets.find((target) => target.id === targetId);
  }

  target(targetId: string): Target {
    const target = this.find(targetId);
    if (target === undefined) throw new Error(`no target ${targetId}`);
    return target;
  }
}

/** The defaults of Elastic Load Balancing for IP targets. */
const DEFAULTS: TargetGroupOptions = {
  algorithm: 'round_robin',
  healthCheckIntervalMs: 30_000,
  healthyThreshold: 5,
  unhealthyThreshold: 2,
  deregistrationDelayMs: 300_000,
};
