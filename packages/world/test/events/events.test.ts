import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDelivery, deliveryProfile, nextArrivalAt, sendEvent, takeArrived, type CloudEvent, type DeliveryOptions } from '@spotproof/world';
import fc from 'fast-check';
import { Cloud } from '../support/cloud.ts';

describe('ECS Task State Change', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html and fargate-capacity-providers.html: the sample of the Spot notice
  it('the notice of an interruption has desired status STOPPED, last status RUNNING, the reason and the stop code', () => {
    const [notice] = interrupted();

    assert.deepEqual(
      [notice?.detail.desiredStatus, notice?.detail.lastStatus, notice?.detail.stoppedReason, notice?.detail.stopCode],
      ['STOPPED', 'RUNNING', 'Your Spot Task was interrupted.', 'SpotInterruption'],
    );
    assert.deepEqual([notice?.source, notice?.['detail-type']], ['aws.ecs', 'ECS Task State Change']);
  });

  it('an interruption is told five times over, and each of them carries the reason', () => {
    const events = interrupted();

    assert.deepEqual(
      events.map(({ detail }) => detail.lastStatus),
      ['RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED'],
    );
    assert.ok(events.every(({ detail }) => detail.stopCode === 'SpotInterruption'));
  });

  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwet_handling.html
  it('the version goes up with every change of the task', () => {
    const cloud = new Cloud().settled({ desiredCount: 1 });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    cloud.until(cloud.now + 60_000);
    const versions = cloud
      .events('ECS Task State Change')
      .filter(({ resources }) => resources[0]?.endsWith('/task-1'))
      .map(({ detail }) => detail.version);

    assert.deepEqual(
      versions,
      versions.map((_, index) => index + 1),
    );
  });

  it('names the service as its group and the deployment as what started it', () => {
    const [notice] = interrupted();

    assert.equal(notice?.detail.group, 'service:web');
    assert.match(notice?.detail.startedBy ?? '', /^ecs-svc\/\d{19}$/);
  });

  it('of a task without a service has its family as the group, which no handler may take for a service', () => {
    const cloud = new Cloud();
    cloud.give({ type: 'run-tasks', count: 1, taskDefinition: { name: 'job:1', stopTimeoutMs: 2000 }, provider: 'FARGATE_SPOT' });

    assert.equal(cloud.events('ECS Task State Change')[0]?.detail.group, 'family:job');
  });

  it('has no capacity provider for a service with a launch type', () => {
    const [event] = new Cloud().settled({ launchType: 'FARGATE' }).events('ECS Task State Change');

    assert.equal(event !== undefined && 'capacityProviderName' in event.detail, false);
  });

  // The spelling differs: the attachment has privateIPv4Address, the container privateIpv4Address (same sample).
  it('has the address of the task in its eni attachment and in its container, spelled as AWS does', () => {
    const detail = interrupted()[0]?.detail;

    const attached = detail?.attachments[0]?.details.find(({ name }) => name === 'privateIPv4Address')?.value;
    assert.match(attached ?? '', /^10\.\d+\.\d+\.\d+$/);
    assert.equal(detail?.containers[0]?.networkInterfaces[0]?.privateIpv4Address, attached);
  });

  it('knows no target group and no port', () => {
    assert.doesNotMatch(JSON.stringify(interrupted()), /targetGroup|containerPort|8080/);
  });

  // re:Post, exit codes of stopped tasks: 137 is SIGKILL.
  it('has an exit code only once the container has ended, 137 for one that was killed', () => {
    const cloud = new Cloud({ containers: { startMs: [0, 0], exitMs: 'never' } }).settled({ desiredCount: 1 });
    cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
    cloud.until(cloud.now + 60_000);
    const codes = cloud
      .events('ECS Task State Change')
      .filter(({ detail }) => detail.stopCode !== undefined && detail.taskArn.endsWith('/task-1'))
      .map(({ detail }) => detail.containers[0]?.exitCode);

    assert.deepEqual(codes, [undefined, undefined, undefined, 137, 137]);
  });

  // StopTask, reason: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
  it('the reason of a StopTask call becomes the stopped reason, so that a drill looks like a notice but for its stop code', () => {
    const cloud = new Cloud().settled({ desiredCount: 1 });
    cloud.give({ type: 'stop', taskIds: ['task-1'], code: 'UserInitiated', reason: 'Your Spot Task was interrupted.' });
    const detail = cloud.events('ECS Task State Change', cloud.now)[0]?.detail;

    assert.deepEqual([detail?.stoppedReason, detail?.stopCode], ['Your Spot Task was interrupted.', 'UserInitiated']);
  });

  it('the envelope tells the time in whole seconds, counted from the epoch of the cluster', () => {
    const cloud = new Cloud({
      cluster: {
        name: 'prod',
        region: 'eu-west-1',
        account: '444455556666',
        zones: ['eu-west-1a'],
        capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
        defaultCapacityProviderStrategy: [],
        epochMs: Date.UTC(2026, 0, 23, 17, 57, 58, 900),
      },
    });
    cloud.settled({ desiredCount: 1 });
    const [event] = cloud.events('ECS Task State Change');

    assert.equal(event?.time, '2026-01-23T17:57:58Z');
    assert.equal(event?.detail.createdAt, '2026-01-23T17:57:58.900Z');
    assert.equal(event?.detail.clusterArn, 'arn:aws:ecs:eu-west-1:444455556666:cluster/prod');
  });
});

describe('ECS Service Action', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html
  it('has no version, so that nothing but createdAt tells which came first', () => {
    const [event] = new Cloud().settled().events('ECS Service Action');

    assert.equal(event !== undefined && 'version' in event.detail, false);
    assert.deepEqual(event?.resources, ['arn:aws:ecs:us-east-1:111122223333:service/default/web']);
  });
});

describe('delivery', () => {
  it('gives out the same arrivals for the same seed, whatever the options', () => {
    fc.assert(
      fc.property(anyOptions, fc.array(fc.nat(5000), { maxLength: 40 }), (options, gaps) => {
        assert.deepEqual(deliver(options, gaps), deliver(options, gaps));
      }),
    );
  });

  it('loses what it loses and doubles what it doubles: nothing else appears, nothing comes before it was sent', () => {
    fc.assert(
      fc.property(anyOptions, fc.array(fc.nat(5000), { maxLength: 40 }), (options, gaps) => {
        const sentAt = new Map<string, number>();
        const arrivals = deliver(options, gaps, sentAt);
        const copies = new Map<string, number>();
        for (const { id, at } of arrivals) {
          copies.set(id, (copies.get(id) ?? 0) + 1);
          assert.ok(at >= (sentAt.get(id) ?? Number.POSITIVE_INFINITY));
        }
        for (const count of copies.values()) assert.ok(count <= 2);
        if (options.lossProbability === 0) assert.equal(copies.size, gaps.length);
        if (options.duplicateProbability === 0) assert.equal(arrivals.length, copies.size);
      }),
    );
  });

  it('prompt: everything at once, once and in order', () => {
    const arrivals = deliver(deliveryProfile('prompt', 1), [10, 20, 0, 0, 5]);

    assert.deepEqual(
      arrivals.map(({ at }) => at),
      [10, 30, 30, 30, 35],
    );
    assert.deepEqual(
      arrivals.map(({ id }) => id),
      ['0', '1', '2', '3', '4'],
    );
  });

  // ecs_cwet_handling.html: "events are sent on an at-least-once basis … might not be delivered to your event listeners in the order in which the events occurred"
  it('typical: some twice, some out of order, some late, some never', () => {
    const sentAt = new Map<string, number>();
    const arrivals = deliver(
      deliveryProfile('typical', 1),
      Array.from({ length: 4000 }, () => 50),
      sentAt,
    );
    const ids = arrivals.map(({ id }) => Number(id));
    const lateness = arrivals.map(({ id, at }) => at - (sentAt.get(id) ?? 0));

    assert.ok(arrivals.length > new Set(ids).size, 'some twice');
    assert.ok(
      ids.some((id, index) => id < (ids[index - 1] ?? 0)),
      'some out of order',
    );
    assert.ok(lateness.some((ms) => ms > 60_000) && lateness.every((ms) => ms >= 300 && ms <= 120_000));
    assert.ok(new Set(ids).size < 4000, 'some never');
  });

  // containers-roadmap #2673 (2025-09-11): the event came later than SIGTERM.
  it('event-late: SIGTERM has always come first', () => {
    const cloud = new Cloud({ deregistration: { kind: 'profile', profile: 'event-late' } }).settled({ desiredCount: 20 });
    const since = cloud.now;
    cloud.give({ type: 'interrupt-some', count: 'all' });
    const delivery = createDelivery(deliveryProfile('event-late', 7));
    for (const event of cloud.events('ECS Task State Change', since)) sendEvent(delivery, event, since);
    cloud.until(since + 1);

    assert.equal(cloud.ofType('send-signal', since).filter(({ at, signal }) => signal === 'SIGTERM' && at === since).length, 20);
    assert.ok((nextArrivalAt(delivery) ?? 0) >= since + 5000);
  });

  it('silent: nothing ever arrives', () => {
    assert.deepEqual(deliver(deliveryProfile('silent', 1), [1, 2, 3]), []);
  });

  // containers-roadmap #1565 (absent, 2021), the documentation of 2023 (TerminationNotice) and of today (SpotInterruption)
  it('the stop code of a notice has either name or is missing; the sentence is always there', () => {
    const [notice] = interrupted();
    assert.ok(notice !== undefined);
    const seen = (['SpotInterruption', 'TerminationNotice', 'missing'] as const).map((stopCode) => {
      const delivery = createDelivery({ ...deliveryProfile('prompt', 1), stopCode });
      sendEvent(delivery, notice, 0);
      const [event] = takeArrived(delivery, 0);
      assert.ok(event?.['detail-type'] === 'ECS Task State Change');
      assert.equal(event.detail.stoppedReason, 'Your Spot Task was interrupted.');
      return 'stopCode' in event.detail ? event.detail.stopCode : 'absent';
    });

    assert.deepEqual(seen, ['SpotInterruption', 'TerminationNotice', 'absent']);
  });

  it('mixed: all three come up', () => {
    const [notice] = interrupted();
    assert.ok(notice !== undefined);
    const delivery = createDelivery({ ...deliveryProfile('prompt', 1), stopCode: 'mixed' });
    for (let count = 0; count < 50; count++) sendEvent(delivery, notice, 0);
    const codes = takeArrived(delivery, 0).map((event) => (event['detail-type'] === 'ECS Task State Change' ? event.detail.stopCode : ''));

    assert.deepEqual(new Set(codes), new Set(['SpotInterruption', 'TerminationNotice', undefined]));
  });

  it('leaves the stop code of every other event alone', () => {
    const cloud = new Cloud().settled({ desiredCount: 1 });
    cloud.give({ type: 'stop', taskIds: ['task-1'], code: 'UserInitiated' });
    const delivery = createDelivery({ ...deliveryProfile('prompt', 1), stopCode: 'missing' });
    const sent = cloud.events('ECS Task State Change', cloud.now);
    for (const event of sent) sendEvent(delivery, event, 0);

    assert.deepEqual(takeArrived(delivery, 0), sent);
  });

  it('a probability that is none is refused by its name', () => {
    assert.throws(() => createDelivery({ ...deliveryProfile('prompt', 1), lossProbability: 1.5 }), /lossProbability must be from 0 to 1, got 1.5/);
  });
});

const anyOptions: fc.Arbitrary<DeliveryOptions> = fc.record({
  seed: fc.nat(),
  delayMs: fc.nat(5000).map((max): readonly [number, number] => [0, max]),
  lateProbability: fc.constantFrom(0, 0.1, 1),
  lateMs: fc.constant([5000, 60_000] as const),
  duplicateProbability: fc.constantFrom(0, 0.3, 1),
  lossProbability: fc.constantFrom(0, 0.3, 1),
  keepsOrder: fc.boolean(),
  stopCode: fc.constantFrom('SpotInterruption', 'TerminationNotice', 'missing', 'mixed'),
});

/** Sends one event after each gap, and tells when which of them arrives. */
function deliver(
  options: DeliveryOptions,
  gaps: readonly number[],
  sentAt: Map<string, number> = new Map(),
): readonly { readonly id: string; readonly at: number }[] {
  const [sample] = interrupted();
  assert.ok(sample !== undefined);
  const delivery = createDelivery(options);
  let now = 0;
  gaps.forEach((gap, index) => {
    now += gap;
    sentAt.set(String(index), now);
    sendEvent(delivery, { ...sample, id: String(index) } satisfies CloudEvent, now);
  });
  const arrivals: { readonly id: string; readonly at: number }[] = [];
  for (let at = nextArrivalAt(delivery); at !== undefined; at = nextArrivalAt(delivery)) {
    for (const { id } of takeArrived(delivery, at)) arrivals.push({ id, at });
  }
  return arrivals;
}

/** What is told of the one task of a service from its Spot notice on. */
function interrupted(): ReturnType<typeof Cloud.prototype.events<'ECS Task State Change'>> {
  const cloud = new Cloud().settled({ desiredCount: 1 });
  const since = cloud.now;
  cloud.give({ type: 'interrupt', taskIds: ['task-1'] });
  cloud.until(since + 60_000);
  return cloud.events('ECS Task State Change', since).filter(({ resources }) => resources[0]?.endsWith('/task-1'));
}
