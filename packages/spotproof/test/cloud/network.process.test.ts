import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { describe, test, type TestContext } from 'node:test';
import { CreateServiceCommand, DescribeTasksCommand, ListTasksCommand, StopTaskCommand, type Task } from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  ModifyTargetGroupAttributesCommand,
  RegisterTargetsCommand,
  type CreateTargetGroupCommandInput,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { Peer } from '../balancer/support/peer.ts';
import { OK, startTarget } from '../balancer/support/raw-target.ts';
import { echo } from '../balancer/support/start-network-balancer.ts';
import { eventually } from '../lab/support/processes.ts';
import { freePort } from './support/free-port.ts';
import { NETWORK, TestCloud } from './support/local-cloud.ts';

void describe('a network load balancer of the cloud', { concurrency: 2 }, () => {
  test('loses no connection of a service when one task is stopped and another one taken back: the drain outlasts the new connections', async (t) => {
    const it = await TestCloud.start({ deregistration: { kind: 'after-sigterm', delayMs: 0 }, maxNewConnectionsMs: 1500 });
    t.after(async () => {
      // The tasks that are left would linger.
      await it.cloud.close(100);
      await it.stop();
    });
    const { targetGroupArn, connect } = await networkFront(it, 'tcp', {}, { 'deregistration_delay.timeout_seconds': '1' });
    const states = async (): Promise<readonly (string | undefined)[]> => {
      const { TargetHealthDescriptions = [] } = await it.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }));
      return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State);
    };
    await startService(it, targetGroupArn);
    await eventually('three targets are healthy', async () => (await states()).filter((state) => state === 'healthy').length === 3);
    const { taskArns: [stopped = ''] = [] } = await it.ecs.send(new ListTasksCommand({ cluster: 'web' }));
    const lines = new Lines(t, connect);
    await eventually('all that stay connected are answered', () => lines.answered === STAYING);

    await it.ecs.send(new StopTaskCommand({ cluster: 'web', task: stopped }));
    const [interrupted = ''] = it.cloud.control.interrupt({ cluster: 'web', count: 1 });

    assert.equal((await states()).filter((state) => state === 'draining').length, 2);
    const gone = [stopped, interrupted];
    assert.notEqual(stopped, interrupted);
    let tasks: readonly Task[] = [];
    await eventually('both are stopped', async () => {
      ({ tasks = [] } = await it.ecs.send(new DescribeTasksCommand({ cluster: 'web', tasks: gone })));
      return tasks.every(({ lastStatus }) => lastStatus === 'STOPPED');
    });
    // An exit code of 0 says that the drain left nothing open.
    assert.deepEqual(
      tasks.map(({ containers, stopCode }) => [containers?.[0]?.exitCode, stopCode]).toSorted((a, b) => (String(a) < String(b) ? -1 : 1)),
      [
        [0, 'SpotInterruption'],
        [0, 'UserInitiated'],
      ],
    );
    const { lost, served, sentOn } = await lines.finish();
    assert.deepEqual(lost, []);
    assert.ok(served > 20 && sentOn > 0, `${served} short connections, ${sentOn} long ones that were sent to another task`);
  });

  test('does what the attributes of its target group say, and checks health where it is told to', async (t) => {
    const it = await TestCloud.start();
    t.after(() => it.stop());
    const target = await startTarget(t, echo);
    const health = await startTarget(t, async (peer) => {
      await peer.receives('HTTP/1.1');
      peer.send(OK);
    });
    const { targetGroupArn, connect } = await networkFront(
      it,
      'named',
      { HealthCheckProtocol: 'HTTP', HealthCheckPort: String(health.address.port), HealthCheckPath: '/readyz' },
      { 'deregistration_delay.timeout_seconds': '1', 'deregistration_delay.connection_termination.enabled': 'true' },
    );
    const named = { TargetGroupArn: targetGroupArn, Targets: [{ Id: '127.0.0.1', Port: target.address.port }] };
    const state = async (): Promise<TargetHealthDescription | undefined> =>
      (await it.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }))).TargetHealthDescriptions?.[0];
    await it.elb.send(new RegisterTargetsCommand(named));

    // Nobody is healthy yet, so that it fails open.
    const early = connect();
    early.send('hello');
    await early.receives('echo hello');
    await setAttributes(it, targetGroupArn, { 'proxy_protocol_v2.enabled': 'true' });
    assert.equal(await early.ends(), 'rst', 'a change starts the balancer anew');
    const late = connect();
    late.send('hello');
    await late.receives('hello');

    assert.match(late.received, /^echo \r\n\r\n\0\r\nQUIT\n/u);
    await eventually('it is healthy', async () => (await state())?.TargetHealth?.State === 'healthy');
    assert.equal((await state())?.HealthCheckPort, String(health.address.port));
    assert.match(health.connections.at(-1)?.received ?? '', /\r\nQUIT\n \0\0\0GET \/readyz HTTP\/1\.1\r\n/u);
    assert.equal(target.connections.length, 2, 'no health check at the port of the traffic');
    await it.elb.send(new DeregisterTargetsCommand(named));
    assert.equal((await state())?.TargetHealth?.State, 'draining');
    assert.equal(await late.ends(), 'rst');
  });
});

interface NetworkFront {
  readonly targetGroupArn: string;
  readonly connect: () => Peer;
}

async function networkFront(
  it: TestCloud,
  name: string,
  healthCheck: Partial<CreateTargetGroupCommandInput>,
  attributes: Readonly<Record<string, string>>,
): Promise<NetworkFront> {
  const { LoadBalancers } = await it.elb.send(new CreateLoadBalancerCommand({ Name: name, Type: 'network', Subnets: ['subnet-us-east-1a'] }));
  const { LoadBalancerArn, DNSName: host = '' } = LoadBalancers?.[0] ?? {};
  const { TargetGroups } = await it.elb.send(
    new CreateTargetGroupCommand({
      Name: name,
      Protocol: 'TCP',
      Port: 7,
      VpcId: 'vpc-1',
      TargetType: 'ip',
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      ...healthCheck,
    }),
  );
  const { TargetGroupArn = '' } = TargetGroups?.[0] ?? {};
  await setAttributes(it, TargetGroupArn, attributes);
  const port = await freePort();
  await it.elb.send(
    new CreateListenerCommand({ LoadBalancerArn, Protocol: 'TCP', Port: port, DefaultActions: [{ Type: 'forward', TargetGroupArn }] }),
  );
  return { targetGroupArn: TargetGroupArn, connect: () => Peer.to(port, host) };
}

async function setAttributes(it: TestCloud, TargetGroupArn: string, attributes: Readonly<Record<string, string>>): Promise<void> {
  const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
  await it.elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }));
}

async function startService(it: TestCloud, targetGroupArn: string): Promise<void> {
  await it.cluster('web');
  const command = [
    process.execPath,
    '--conditions=@spotproof/source',
    fileURLToPath(new URL('../../../../examples/tcp/server.mjs', import.meta.url)),
  ];
  await it.ecs.send(
    new CreateServiceCommand({
      cluster: 'web',
      serviceName: 'lines',
      // It lingers for 3 s of these.
      taskDefinition: await it.definition('lines', command, { stopTimeout: 5, environment: { SPOTPROOF_STOP_TIMEOUT: '5' } }),
      desiredCount: 3,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      networkConfiguration: NETWORK,
      loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
    }),
  );
}

/** Clients of the line protocol: short connections, one after the other, and long ones that talk now and then and come back when they are told to. */
class Lines {
  /** Long connections that were answered at least once. */
  answered = 0;
  #served = 0;
  #sentOn = 0;
  readonly #lost: string[] = [];
  readonly #open = new Set<Promise<void>>();
  readonly #connect: () => Peer;
  readonly #newConnections: NodeJS.Timeout;
  #isOver = false;

  constructor(t: TestContext, connect: () => Peer) {
    this.#connect = connect;
    this.#newConnections = setInterval(() => this.#watch('short', this.#short()), 50);
    t.after(() => clearInterval(this.#newConnections));
    for (let count = 0; count < STAYING; count++) this.#watch('long', this.#long());
  }

  async finish(): Promise<{ readonly lost: readonly string[]; readonly served: number; readonly sentOn: number }> {
    this.#isOver = true;
    clearInterval(this.#newConnections);
    await Promise.all(this.#open);
    return { lost: this.#lost, served: this.#served, sentOn: this.#sentOn };
  }

  #watch(kind: string, conversation: Promise<void>): void {
    const watched = conversation
      .catch((error: unknown) => void this.#lost.push(`${kind}: ${String(error)}`))
      .finally(() => this.#open.delete(watched));
    this.#open.add(watched);
  }

  async #short(): Promise<void> {
    const peer = this.#connect();
    peer.send('hello\n');
    await peer.receives('250 hello\n');
    if (!peer.received.includes(SENT_ON)) peer.send('quit\n');
    await this.#hangUp(peer);
    this.#served++;
  }

  async #long(): Promise<void> {
    for (;;) {
      const peer = this.#connect();
      for (let count = 1; !this.#isOver && !peer.received.includes(SENT_ON); count++) {
        peer.send(`${count}\n`);
        await peer.until('an answer', () => peer.received.includes(`250 ${count}\n`) || peer.received.includes(SENT_ON));
        if (count === 1 && this.#sentOn === 0) this.answered++;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const isSentOn = peer.received.includes(SENT_ON);
      if (!isSentOn) peer.send('quit\n');
      await this.#hangUp(peer);
      if (!isSentOn) return;
      this.#sentOn++;
    }
  }

  /** The protocol says when a connection is over: what ends otherwise is lost. */
  async #hangUp(peer: Peer): Promise<void> {
    await peer.until('a last word', () => peer.received.includes('221 bye\n') || peer.received.includes(SENT_ON));
    assert.equal(await peer.ends(), 'fin');
    peer.socket.end();
  }
}

const STAYING = 8;
const SENT_ON = '421 come back to another one\n';
