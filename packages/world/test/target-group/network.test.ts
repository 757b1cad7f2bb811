import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  createNetworkTargetGroup,
  nextNetworkWakeAt,
  stepNetworkTargetGroup,
  type CheckResult,
  type NetworkTargetGroup,
  type NetworkTargetGroupEffect,
  type NetworkTargetGroupInput,
  type NetworkTargetGroupOptions,
} from '@spotproof/world';
import fc from 'fast-check';

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html and edit-target-group-attributes.html
describe('a target group behind a Network Load Balancer', () => {
  it('sends new connections to a deregistered target for up to two minutes, whatever the deregistration delay (containers-roadmap #470, 2023-08-31)', () => {
    const lastNewAt = Array.from({ length: 40 }, (_, seed) => {
      const node = new Node({ seed, deregistrationDelayMs: 5000 });
      node.give({ type: 'deregister', at: node.now, targetId: 'a' });
      const from = node.now;
      let last = 0;
      for (let ms = 0; ms < 130_000; ms += 1000) if (node.connect(`${seed}-${ms}`, from + ms) === 'a') last = ms;
      return last;
    });

    assert.ok(Math.max(...lastNewAt) > 90_000, `the latest after ${Math.max(...lastNewAt)} ms`);
    assert.ok(Math.max(...lastNewAt) <= 120_000);
  });

  it('sends none to a target that failed its health checks before it was deregistered', () => {
    const node = new Node({ newConnectionsMs: [120_000, 120_000] });
    node.checks.set('a', 'failed');
    node.until(node.now + 25_000);
    node.give({ type: 'deregister', at: node.now, targetId: 'a' });

    assert.ok(Array.from({ length: 50 }, (_, index) => node.connect(`c${index}`, node.now)).every((target) => target === 'b'));
  });

  it('stops them when a target that is draining fails its checks, which takes interval times threshold', () => {
    const node = new Node({ newConnectionsMs: [120_000, 120_000] });
    node.give({ type: 'deregister', at: node.now, targetId: 'a' });
    const getsNew = (): boolean => Array.from({ length: 30 }, (_, index) => node.connect(`c${node.now}-${index}`, node.now)).includes('a');
    const atFirst = getsNew();
    node.checks.set('a', 'failed');
    node.until(node.now + 30_000);

    assert.deepEqual([atFirst, getsNew()], [true, false]);
  });

  it('leaves connections of a deregistered target alone, past the delay too', () => {
    const node = new Node({ deregistrationDelayMs: 10_000, newConnectionsMs: [0, 0] });
    node.openAt('a');
    node.give({ type: 'deregister', at: node.now, targetId: 'a' });
    node.until(node.now + 60_000);

    assert.deepEqual(node.resets, []);
    assert.equal(node.group.connections.length, 1);
  });

  it('cuts them when the delay is over where connection termination is on', () => {
    const node = new Node({ deregistrationDelayMs: 10_000, newConnectionsMs: [0, 0], terminatesAfterDelay: true });
    node.openAt('a');
    const since = node.now;
    node.give({ type: 'deregister', at: since, targetId: 'a' });
    node.until(since + 60_000);

    assert.deepEqual(node.resets, [{ at: since + 10_000, why: 'delay-over' }]);
  });

  it('resets the connections of a target that becomes unhealthy', () => {
    const node = new Node({});
    node.openAt('a');
    node.checks.set('a', 'timed-out');
    node.until(node.now + 30_000);

    assert.deepEqual(
      node.resets.map(({ why }) => why),
      ['unhealthy'],
    );
  });

  it('unless unhealthy connection termination is off', () => {
    const node = new Node({ terminatesUnhealthy: false });
    node.openAt('a');
    node.checks.set('a', 'timed-out');
    node.until(node.now + 30_000);

    assert.deepEqual(node.resets, []);
  });

  it('resets a connection that was silent for 350 s, and none that was not', () => {
    const node = new Node({});
    const id = node.openAt('a');
    const since = node.now;
    node.until(since + 300_000);
    node.give({ type: 'traffic', at: node.now, connectionId: id });
    node.until(since + 649_999);
    const before = node.resets.length;
    node.until(since + 650_000);

    assert.deepEqual([before, node.resets.map(({ why }) => why)], [0, ['idle']]);
  });

  it('counts the silence from the moment of the traffic, also when it is told of it late', () => {
    const node = new Node({});
    const id = node.openAt('a');
    const since = node.now;
    node.until(since + 340_000);
    node.give({ type: 'traffic', at: since + 100_000, connectionId: id });
    node.until(since + 449_999);
    const before = node.resets.length;
    node.until(since + 450_000);

    assert.deepEqual([before, node.resets.map(({ why }) => why)], [0, ['idle']]);
  });

  it('fails open: with no healthy target, all registered ones get connections', () => {
    const node = new Node({});
    for (const id of ['a', 'b']) node.checks.set(id, 'failed');
    node.until(node.now + 30_000);
    const targets = new Set(Array.from({ length: 50 }, (_, index) => node.connect(`c${index}`, node.now)));

    assert.deepEqual(
      [...targets].toSorted((a, b) => (a ?? '').localeCompare(b ?? '')),
      ['a', 'b'],
    );
  });

  it('refuses a connection when nothing is registered and nothing drains', () => {
    const { effects } = stepNetworkTargetGroup(createNetworkTargetGroup(OPTIONS), { type: 'connect', at: 0, connectionId: 'c' });

    assert.deepEqual(effects, [{ type: 'refuse', connectionId: 'c' }]);
  });

  it('is quiet again once a deregistered target has got its last connection and its delay is over', () => {
    const node = new Node({ deregistrationDelayMs: 5000, newConnectionsMs: [60_000, 60_000] });
    for (const targetId of ['a', 'b']) node.give({ type: 'deregister', at: node.now, targetId });
    const states = node.until(node.now + 30_000).group.targets.map(({ state }) => state);
    node.until(node.now + 60_000);

    assert.deepEqual(states, ['unused', 'unused']);
    assert.deepEqual([node.group.targets.length, nextNetworkWakeAt(node.group)], [0, Infinity]);
  });

  it('an option that is no number in its range is refused by its name', () => {
    assert.throws(() => createNetworkTargetGroup({ ...OPTIONS, healthyThreshold: 0 }), /healthyThreshold must be a number of 1 or more, got 0/);
  });

  it('never forwards to a target that was never registered, and resets only what is open', () => {
    fc.assert(
      fc.property(fc.array(anyInput, { maxLength: 60 }), (inputs) => {
        let group = createNetworkTargetGroup({ ...OPTIONS, newConnectionsMs: [0, 20_000] });
        const registered = new Set<string>();
        const open = new Set<string>();
        let now = 0;
        inputs.forEach((make, index) => {
          const input = make((now += 700), index);
          const stepped = stepNetworkTargetGroup(group, input);
          group = stepped.group;
          if (input.type === 'register') registered.add(input.targetId);
          if (input.type === 'close') open.delete(input.connectionId);
          for (const effect of stepped.effects) {
            if (effect.type === 'forward') {
              assert.ok(registered.has(effect.targetId));
              open.add(effect.connectionId);
            }
            if (effect.type === 'reset') assert.ok(open.delete(effect.connectionId));
          }
        });
        assert.deepEqual(group.connections.map(({ id }) => id).toSorted(), [...open].toSorted());
      }),
    );
  });
});

const OPTIONS: NetworkTargetGroupOptions = {
  healthCheckIntervalMs: 10_000,
  healthyThreshold: 2,
  unhealthyThreshold: 2,
  deregistrationDelayMs: 300_000,
};

type MakeInput = (at: number, index: number) => NetworkTargetGroupInput;

const anyTarget = fc.constantFrom('a', 'b', 'c');
const anyInput: fc.Arbitrary<MakeInput> = fc.oneof(
  anyTarget.map((targetId): MakeInput => (at) => ({ type: 'register', at, targetId })),
  anyTarget.map((targetId): MakeInput => (at) => ({ type: 'deregister', at, targetId })),
  fc
    .tuple(anyTarget, fc.integer({ min: 1, max: 6 }), fc.constantFrom<CheckResult>('passed', 'failed'))
    .map(([targetId, registration, result]): MakeInput => (at) => ({ type: 'check-ended', at, targetId, registration, result })),
  fc.constant<MakeInput>((at, index) => ({ type: 'connect', at, connectionId: `c${index}` })),
  fc.nat(60).map((number): MakeInput => (at) => ({ type: 'close', at, connectionId: `c${number}` })),
  fc.constant<MakeInput>((at) => ({ type: 'tick', at })),
);

/** One node with two healthy targets, `a` and `b`, whose checks answer at once. */
class Node {
  group: NetworkTargetGroup;
  now = 0;
  readonly checks = new Map<string, CheckResult>();
  readonly resets: { readonly at: number; readonly why: string }[] = [];

  constructor(options: Partial<NetworkTargetGroupOptions>) {
    this.group = createNetworkTargetGroup({ ...OPTIONS, ...options });
    for (const targetId of ['a', 'b']) this.give({ type: 'register', at: 0, targetId });
    this.until(20_000);
  }

  give(input: NetworkTargetGroupInput): readonly NetworkTargetGroupEffect[] {
    const { group, effects } = stepNetworkTargetGroup(this.group, input);
    this.group = group;
    for (const effect of effects) {
      if (effect.type === 'reset') this.resets.push({ at: input.at, why: effect.why });
      if (effect.type !== 'check') continue;
      const result = this.checks.get(effect.targetId) ?? 'passed';
      this.give({ type: 'check-ended', at: input.at, targetId: effect.targetId, registration: effect.registration, result });
    }
    return effects;
  }

  until(at: number): this {
    for (let wakeAt = nextNetworkWakeAt(this.group); wakeAt <= at; wakeAt = nextNetworkWakeAt(this.group)) this.give({ type: 'tick', at: wakeAt });
    this.now = at;
    return this;
  }

  /** The target that a new connection goes to; undefined when it is refused. It is closed at once. */
  connect(connectionId: string, at: number): string | undefined {
    if (at > this.now) this.until(at);
    const [effect] = this.give({ type: 'connect', at, connectionId });
    this.give({ type: 'close', at, connectionId });
    return effect?.type === 'forward' ? effect.targetId : undefined;
  }

  /** Opens a connection at this target, and leaves it open. */
  openAt(targetId: string): string {
    for (let count = 0; ; count++) {
      const connectionId = `open-${count}`;
      const [effect] = this.give({ type: 'connect', at: this.now, connectionId });
      if (effect?.type === 'forward' && effect.targetId === targetId) return connectionId;
      this.give({ type: 'close', at: this.now, connectionId });
    }
  }
}
