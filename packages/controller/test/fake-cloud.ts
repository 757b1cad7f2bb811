import { SpotproofError } from '@spotproof/core';
import type { Cloud, ServiceReading, TargetReading, TaskReading } from '@spotproof/controller';

/** AWS as far as the controller asks it: one cluster with a service and its twin, held in memory. */
export class FakeCloud implements Cloud {
  readonly calls: string[] = [];
  readonly services = new Map<string, ServiceReading>();
  tasks: TaskReading[] = [];
  readonly targets = new Map<string, TargetReading>();
  isScaleInSuspended = false;
  hasScaling = true;
  minCapacity = 1;
  maxCapacity = 1_000;
  /** Runs before the twin is written. */
  beforeWrite: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  /** Runs when a call has taken effect; what it throws, the caller gets. */
  afterCall: (call: string) => void = () => {};
  /** Operations that fail, with what. */
  readonly failures = new Map<string, { readonly error: string; readonly retryable: boolean }>();

  constructor(desiredCount: number) {
    this.#addService('api', desiredCount);
    this.#addService('api-fallback', 0);
    for (let number = 1; number <= desiredCount; number++) this.addTask(number);
  }

  #addService(name: string, desiredCount: number): void {
    this.services.set(name, {
      name,
      arn: `arn:aws:ecs:eu-west-1:111122223333:service/web/${name}`,
      status: 'ACTIVE',
      desiredCount,
      runningCount: desiredCount,
      pendingCount: 0,
      isRollingOut: false,
      strategy: name === 'api' ? [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }] : [],
      targetGroups: [{ arn: TARGET_GROUP, containerPort: 8080 }],
      tags: {},
      messages: [],
    });
  }

  addTask(number: number, capacityProviderName = 'FARGATE_SPOT'): void {
    const id = `10.0.0.${number}`;
    this.tasks.push({
      arn: taskArn(number),
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      stopCode: undefined,
      stoppedReason: undefined,
      capacityProviderName,
      createdAt: 0,
      startedAt: 0,
      stoppingAt: undefined,
      privateIpv4Address: id,
      ipv6Address: undefined,
      healthStatus: 'UNKNOWN',
    });
    this.targets.set(id, { id, port: 8080, state: 'healthy' });
  }

  interrupt(number: number, at: number): void {
    this.tasks = this.tasks.map((task) =>
      task.arn === taskArn(number) ? { ...task, desiredStatus: 'STOPPED', stopCode: 'SpotInterruption', stoppingAt: at } : task,
    );
  }

  change(name: string, change: Partial<ServiceReading>): void {
    const service = this.services.get(name);
    if (service !== undefined) this.services.set(name, { ...service, ...change });
  }

  get twin(): number {
    return this.services.get('api-fallback')?.desiredCount ?? Number.NaN;
  }

  count(operation: string): number {
    return this.calls.filter((call) => call.startsWith(operation)).length;
  }

  async describeServices(_cluster: string, names: readonly string[]): Promise<readonly ServiceReading[]> {
    this.#called('DescribeServices');
    return [...this.services.values()].filter(({ name }) => names.includes(name));
  }

  async listTasks(_cluster: string, _service: string, desiredStatus: string): Promise<readonly TaskReading[]> {
    this.#called('ListTasks');
    return this.tasks.filter((task) => task.desiredStatus === desiredStatus);
  }

  async describeTargets(): Promise<readonly TargetReading[]> {
    this.#called('DescribeTargetHealth');
    return [...this.targets.values()];
  }

  async deregisterTargets(_arn: string, targets: readonly { readonly id: string; readonly port: number }[]): Promise<void> {
    this.#called(`DeregisterTargets ${targets.map(({ id, port }) => `${id}:${port}`).join(' ')}`);
    for (const { id, port } of targets) this.targets.set(id, { id, port, state: 'draining' });
  }

  async setDesiredCount(_cluster: string, service: string, desiredCount: number, signal: AbortSignal): Promise<void> {
    await this.beforeWrite(signal);
    this.#called(`UpdateService ${service} ${desiredCount}`);
    this.change(service, { desiredCount });
  }

  async describeScaling(): Promise<{ minCapacity: number; maxCapacity: number; isScaleInSuspended: boolean } | undefined> {
    this.#called('DescribeScalableTargets');
    return this.hasScaling
      ? { minCapacity: this.minCapacity, maxCapacity: this.maxCapacity, isScaleInSuspended: this.isScaleInSuspended }
      : undefined;
  }

  async suspendScaleIn(_cluster: string, service: string, isSuspended: boolean): Promise<void> {
    const call = `RegisterScalableTarget ${isSuspended}`;
    this.#called(call);
    this.isScaleInSuspended = isSuspended;
    // Pulls the current capacity between its bounds, even when those are not in the call (RegisterScalableTarget API reference).
    const { desiredCount = 0 } = this.services.get(service) ?? {};
    this.change(service, { desiredCount: Math.min(this.maxCapacity, Math.max(this.minCapacity, desiredCount)) });
    this.afterCall(call);
  }

  async setMinCapacity(_cluster: string, service: string, minCapacity: number): Promise<void> {
    this.#called(`RegisterScalableTarget minimum ${minCapacity}`);
    this.minCapacity = minCapacity;
    const { desiredCount = 0 } = this.services.get(service) ?? {};
    this.change(service, { desiredCount: Math.max(desiredCount, minCapacity) });
  }

  #called(call: string): void {
    const failure = this.failures.get(call.split(' ')[0] ?? '');
    if (failure !== undefined)
      throw new SpotproofError('SPOTPROOF_CLOUD', `${call} failed with ${failure.error}`, {
        retryable: failure.retryable,
        details: { error: failure.error },
      });
    this.calls.push(call);
  }
}

export function taskArn(number: number): string {
  return `arn:aws:ecs:eu-west-1:111122223333:task/web/${number}`;
}

const TARGET_GROUP = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/api/1';
