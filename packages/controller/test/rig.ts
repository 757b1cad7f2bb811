import { SpotproofError, VirtualClock } from '@spotproof/core';
import { type Controller, createController, type Decision, type Held, type MemoryStore, parseUnits, type UnitMemory } from '@spotproof/controller';
import { FakeCloud, taskArn } from './fake-cloud.ts';

/** A controller of one unit on a virtual clock that begins somewhere in 2026. */
export class Rig {
  readonly clock = new VirtualClock(START);
  readonly cloud: FakeCloud;
  readonly decisions: Decision[] = [];
  readonly memory: ProcessMemory;
  readonly controller: Controller;

  constructor(
    options: {
      readonly desired?: number;
      readonly dryRun?: boolean;
      readonly memory?: ProcessMemory;
      readonly unit?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    const { desired = 10, dryRun = false } = options;
    this.cloud = new FakeCloud(desired);
    this.memory = options.memory ?? new ProcessMemory(this.clock);
    this.controller = createController({
      units: parseUnits([{ cluster: 'web', primary: 'api', twin: 'api-fallback', maxFallback: 2 * desired, dryRun, ...options.unit }]),
      cloud: this.cloud,
      memory: this.memory,
      clock: this.clock,
      record: (decision) => this.decisions.push(decision),
    });
  }

  /** Waits for what runs on the virtual clock, moving it on. */
  async run<Value>(work: Promise<Value>): Promise<Value> {
    const state = { isDone: false };
    const settled = work.finally(() => {
      state.isDone = true;
    });
    // A failure is the caller's to see, below.
    settled.catch(() => undefined);
    for (let turn = 0; turn < 100_000; turn++) {
      for (let microtasks = 0; microtasks < 50 && !state.isDone; microtasks++) await Promise.resolve();
      if (state.isDone) return settled;
      if (this.clock.nextAt !== undefined) this.clock.advance(this.clock.nextAt - this.clock.now());
    }
    throw new Error('The work did not end.');
  }

  reasons(): readonly string[] {
    return this.decisions.map((decision) => (decision.type === 'skip' ? decision.why : decision.type));
  }

  record(
    number: number,
    detail: Readonly<Record<string, unknown>> = {},
    messageId = `m-${number}`,
  ): { readonly messageId: string; readonly body: string } {
    return { messageId, body: JSON.stringify(notice(number, this.clock.now(), detail)) };
  }
}

/** The memory of one process, with the same promise as the others: one holder of a unit at a time. */
export class ProcessMemory implements MemoryStore {
  readonly #clock: VirtualClock;
  readonly #held = new Set<string>();
  readonly kept = new Map<string, UnitMemory>();
  /** Nothing can be kept: throttled, or the process is gone. */
  isRefusing = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async acquire(unitId: string, { waitMs, holdMs }: { readonly waitMs: number; readonly holdMs: number }): Promise<Held | undefined> {
    const giveUpAt = this.#clock.now() + waitMs;
    while (this.#held.has(unitId)) {
      if (this.#clock.now() >= giveUpAt) return undefined;
      await new Promise<void>((resolve) => this.#clock.schedule(100, resolve));
    }
    this.#held.add(unitId);
    const keep = async (memory: UnitMemory): Promise<void> => {
      if (this.isRefusing) throw new SpotproofError('SPOTPROOF_CLOUD', 'dynamodb:UpdateItem failed with ThrottlingException', { retryable: true });
      this.kept.set(unitId, memory);
    };
    return {
      memory: this.kept.get(unitId),
      until: this.#clock.now() + holdMs,
      keep,
      release: async (memory) => {
        if (memory !== undefined) await keep(memory);
        this.#held.delete(unitId);
      },
    };
  }
}

function notice(number: number, at: number, detail: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: `event-${number}`,
    source: 'aws.ecs',
    'detail-type': 'ECS Task State Change',
    account: '111122223333',
    region: 'eu-west-1',
    time: new Date(at).toISOString(),
    resources: [taskArn(number)],
    detail: {
      clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/web',
      taskArn: taskArn(number),
      version: 4,
      group: 'service:api',
      lastStatus: 'RUNNING',
      desiredStatus: 'STOPPED',
      stopCode: 'SpotInterruption',
      stoppedReason: 'Your Spot Task was interrupted.',
      attachments: [{ type: 'eni', details: [{ name: 'privateIPv4Address', value: `10.0.0.${number}` }] }],
      ...detail,
    },
  };
}

const START = Date.UTC(2026, 5, 1);
