import { createRandom, type Random } from '@spotproof/world';
import type { Evidence } from '../../src/verdict/judge.ts';
import type { LabOptions, LabRun, LabTask, TargetDrainingReport, TargetHealthReport } from '../../src/verdict/lab-run.ts';
import type { ClientRecord } from '../../src/load/client-record.ts';
import type { BalancerRecord } from '../../src/balancer/balancer-record.ts';

/** When every sample run starts, in epoch milliseconds. */
export const START = 1_790_000_000_000;
/** When its interruption phase begins. */
export const INTERRUPTION = START + 5000;

/** Evidence about a run that went as well as it can; `with` replaces parts of it. */
export function evidence(parts: Partial<Evidence> = {}): Evidence {
  const client = parts.client ?? [];
  const run = parts.run ?? labRun({ load: loadSummary(client.length) });
  return { run, client, balancer: [], strict: false, repeat: 'npx spotproof lab --seed 1 -- node server.js', spotproofVersion: '0.1.0', ...parts };
}

/** Evidence whose records are these exchanges, in a run that has these tasks and options. */
export function evidenceOf(
  exchanges: readonly Exchange[],
  parts: { readonly run?: Partial<LabRun>; readonly options?: Partial<LabOptions>; readonly strict?: boolean } = {},
): Evidence {
  const run = labRun({ load: loadSummary(exchanges.length), ...parts.run });
  return evidence({
    run: { ...run, options: { ...run.options, ...parts.options } },
    client: exchanges.map(({ client }) => client),
    balancer: exchanges.flatMap(({ balancer }) => (balancer === undefined ? [] : [balancer])),
    strict: parts.strict ?? false,
  });
}

export interface Exchange {
  readonly client: ClientRecord;
  readonly balancer: BalancerRecord | undefined;
}

let lastId = 0;

/** One request, answered by `task-1` one second into the interruption phase, unless told otherwise. Times are counted from the start of the run. */
export function exchange(
  parts: {
    readonly at?: number;
    readonly tookMs?: number;
    readonly client?: Partial<ClientRecord>;
    /** `none`: the balancer wrote no line. */
    readonly balancer?: Partial<BalancerRecord> | 'none';
  } = {},
): Exchange {
  lastId += 1;
  const sentAt = START + (parts.at ?? 6000);
  const endedAt = sentAt + (parts.tookMs ?? 20);
  const client: ClientRecord = {
    id: `r-${lastId}`,
    name: 'GET /',
    method: 'GET',
    path: '/',
    intendedAt: sentAt,
    sentAt,
    firstByteAt: endedAt,
    endedAt,
    outcome: 'answered',
    status: 200,
    answeredBy: 'app',
    connection: 'reused',
    node: 'a',
    detail: undefined,
    ...parts.client,
  };
  if (parts.balancer === 'none') return { client, balancer: undefined };
  const balancer: BalancerRecord = {
    id: client.id,
    node: client.node,
    target: 'task-1',
    connection: 'reused',
    targetState: 'healthy',
    receivedAt: sentAt,
    sentAt,
    firstByteAt: endedAt,
    endedAt,
    status: client.status,
    targetStatus: client.answeredBy === 'app' ? client.status : undefined,
    cause: undefined,
    idleMs: 40,
    ...parts.balancer,
  };
  return { client, balancer };
}

/** A request that the balancer had to answer with 502 for this cause. */
export function badGateway(
  cause: BalancerRecord['cause'],
  parts: {
    readonly at?: number;
    readonly tookMs?: number;
    readonly client?: Partial<ClientRecord>;
    readonly balancer?: Partial<BalancerRecord>;
  } = {},
): Exchange {
  return exchange({
    ...parts,
    client: { outcome: 'bad-status', status: 502, answeredBy: 'balancer', firstByteAt: undefined, ...parts.client },
    balancer: { status: 502, targetStatus: undefined, firstByteAt: undefined, cause, ...parts.balancer },
  });
}

/** Twenty answered requests in the control phase and forty in the other, so that nothing is too few. */
export function calm(count = 60): readonly Exchange[] {
  return Array.from({ length: count }, (_, index) => exchange({ at: 2000 + index * 150, balancer: { target: `task-${1 + (index % 3)}` } }));
}

export function labTask(parts: Partial<LabTask> = {}): LabTask {
  const name = parts.name ?? 'task-1';
  return {
    id: name,
    name,
    port: 40_000 + Number(name.replace(/\D/g, '') || 0),
    replaces: undefined,
    states: [
      { state: 'PROVISIONING', at: START },
      { state: 'RUNNING', at: START + 500 },
    ],
    stopReason: undefined,
    listeningAt: START + 800,
    registeredAt: START + 900,
    interruptedAt: undefined,
    deregisteredAt: undefined,
    sigtermAt: undefined,
    sigkillAt: undefined,
    listenerClosedAt: undefined,
    exitedAt: undefined,
    exitCode: undefined,
    exitSignal: undefined,
    killed: false,
    crashed: false,
    stoppedAtEnd: true,
    announced: false,
    drainReport: undefined,
    firstProcess: undefined,
    handlesSigterm: undefined,
    saidAfterSigterm: [],
    output: [`${name} listening`],
    outputPath: `/tmp/${name}.log`,
    ...parts,
  };
}

/** A task that was taken back at the begin of the interruption phase and left as asked. */
export function interruptedTask(parts: Partial<LabTask> = {}): LabTask {
  return labTask({
    interruptedAt: INTERRUPTION,
    deregisteredAt: INTERRUPTION + 4000,
    sigtermAt: INTERRUPTION,
    listenerClosedAt: INTERRUPTION + 14_000,
    exitedAt: INTERRUPTION + 14_100,
    exitCode: 0,
    stoppedAtEnd: false,
    states: [
      { state: 'PROVISIONING', at: START },
      { state: 'RUNNING', at: START + 500 },
      { state: 'STOPPING', at: INTERRUPTION },
      { state: 'STOPPED', at: INTERRUPTION + 15_000 },
    ],
    ...parts,
  });
}

/** Three tasks, two nodes, `task-1` taken back and deregistered 4 s later. */
export function labRun(parts: Partial<LabRun> = {}): LabRun {
  const tasks = parts.tasks ?? [interruptedTask(), labTask({ name: 'task-2' }), labTask({ name: 'task-3' })];
  return {
    options: labOptions(),
    startedAt: START,
    endedAt: START + 25_000,
    phases: { controlAt: START + 2000, interruptionAt: INTERRUPTION, finishingAt: START + 22_000, loadDoneAt: START + 23_000 },
    pidNamespaces: true,
    timeline: [],
    faults: [],
    targetHealth: tasks.flatMap((task) => healthy(task)),
    targetDraining: tasks.flatMap((task) => draining(task)),
    clientRecordsPath: '/tmp/client.ndjson',
    balancerRecordsPath: '/tmp/balancer.ndjson',
    accessLogPath: undefined,
    load: loadSummary(0),
    balancer: { type: 'stopped', requests: 0, maxLoopDelayMs: 20, cpuMs: 900 },
    warnings: [],
    failure: undefined,
    cancelled: false,
    ...parts,
    tasks,
  };
}

export function loadSummary(count: number): NonNullable<LabRun['load']> {
  return { planned: count, sent: count, ended: count, latenessMs: { p50: 0.8, p99: 4, max: 12 }, maxLoopDelayMs: 20, cpuMs: 800, maxInFlight: 40 };
}

function labOptions(): LabOptions {
  return {
    command: ['node', 'server.js'],
    cwd: '/srv/app',
    env: {},
    portEnv: 'PORT',
    tasks: 3,
    startTimeoutMs: 30_000,
    protect: false,
    pidNamespaces: 'auto',
    stopTimeoutMs: 30_000,
    deregistration: { kind: 'after-sigterm', delayMs: 4000 },
    maxNodeLagMs: 0,
    replacement: 'at-notice',
    interruptions: [{ count: 1, atMs: 0 }],
    faults: [],
    balancer: {
      nodes: 2,
      algorithm: 'round_robin',
      idleTimeoutMs: 60_000,
      clientKeepAliveMs: 3_600_000,
      connectTimeoutMs: 10_000,
      deregistrationDelayMs: 20_000,
      healthCheck: { path: '/', intervalMs: 5000, timeoutMs: 2000, healthyThreshold: 2, unhealthyThreshold: 2, matcher: [200, 399] },
      finLagMs: 0,
      adversary: 'none',
    },
    accessLog: false,
    ratePerSecond: 240,
    requests: [],
    controlMs: 3000,
    durationMs: undefined,
    seed: 1,
    runDirectory: '/tmp/run',
  };
}

function healthy(task: LabTask): readonly TargetHealthReport[] {
  const at = (task.registeredAt ?? START) + 200;
  return NODES.map((node) => ({ type: 'target-health', node, targetId: task.id, state: 'healthy', reason: undefined, at }));
}

function draining(task: LabTask): readonly TargetDrainingReport[] {
  const at = task.deregisteredAt;
  return at === undefined ? [] : NODES.map((node, index) => ({ type: 'target-draining', node, targetId: task.id, at: at + 1 + index * 300 }));
}

const NODES = ['a', 'b'];

/** How the interrupted tasks of {@link simulate} behave after SIGTERM; times in milliseconds after it. */
export interface Shutdown {
  readonly listenerClosesMs: number | undefined;
  /** When the process ends by itself; undefined: it waits for SIGKILL. */
  readonly exitsMs: number | undefined;
}

export interface Scene {
  readonly seed: number;
  readonly ratePerSecond: number;
  /** After the start of the run; one task each. */
  readonly interruptAtMs: readonly number[];
  readonly deregisterAfterMs: number;
  readonly endAtMs: number;
  readonly shutdown: Shutdown;
  readonly protect: boolean;
}

/** A whole run with plausible traffic: what each request met is worked out from the lives of the tasks, so the picture is true to them. */
export function simulate(scene: Scene): Evidence {
  const random = createRandom(scene.seed, 'sample');
  const tasks = simulatedTasks(scene);
  const exchanges: Exchange[] = [];
  let turn = 0;
  for (let at = 2000; at < scene.endAtMs - 3000; at += random.exponential(1000 / scene.ratePerSecond)) {
    turn += 1;
    const node = turn % 2 === 0 ? 'a' : 'b';
    const now = START + at;
    const inRotation = tasks.filter(
      (task) => (task.registeredAt ?? Infinity) + 200 <= now && (task.deregisteredAt ?? Infinity) + (node === 'a' ? 0 : 300) > now,
    );
    const task = inRotation[Math.floor(turn / 2) % Math.max(1, inRotation.length)];
    if (task !== undefined) exchanges.push(simulatedExchange({ random, task, node, at }));
  }
  const last = exchanges.reduce((high, { client }) => Math.max(high, client.endedAt), START);
  return evidenceOf(exchanges, {
    run: {
      tasks,
      endedAt: Math.max(last, START + scene.endAtMs),
      phases: { controlAt: START + 2000, interruptionAt: INTERRUPTION, finishingAt: START + scene.endAtMs - 3000, loadDoneAt: last },
    },
    options: {
      protect: scene.protect,
      ratePerSecond: scene.ratePerSecond,
      deregistration: { kind: 'after-sigterm', delayMs: scene.deregisterAfterMs },
      command: ['node', 'examples/checkout/server.js'],
    },
  });
}

function simulatedTasks(scene: Scene): readonly LabTask[] {
  const first = ['task-1', 'task-2', 'task-3'].map((name, index) => {
    const after = scene.interruptAtMs[index];
    if (after === undefined) return labTask({ name });
    const sigtermAt = START + after;
    const { listenerClosesMs, exitsMs } = scene.shutdown;
    const killed = exitsMs === undefined;
    const exitedAt = sigtermAt + (exitsMs ?? 30_000);
    return interruptedTask({
      name,
      interruptedAt: sigtermAt,
      sigtermAt,
      deregisteredAt: sigtermAt + scene.deregisterAfterMs,
      listenerClosedAt: listenerClosesMs === undefined ? exitedAt : sigtermAt + listenerClosesMs,
      sigkillAt: killed ? exitedAt - 5 : undefined,
      exitedAt,
      exitCode: killed ? 137 : 0,
      exitSignal: killed ? 'SIGKILL' : undefined,
      killed,
      announced: scene.protect,
      drainReport: scene.protect
        ? {
            outcome: 'drained',
            leaveReason: 'quiet',
            budgetMs: 30_000,
            requestsAfterStart: 84,
            lostCount: 0,
            held: [{ what: 'SIGTERM listener', detail: 'shutdown', at: 'server.js:41:9', afterMs: 0 }],
            warnings: [],
          }
        : undefined,
      states: [
        { state: 'PROVISIONING', at: START },
        { state: 'RUNNING', at: START + 500 },
        { state: 'STOPPING', at: sigtermAt },
        { state: 'STOPPED', at: exitedAt + 200 },
      ],
    });
  });
  const replacements = scene.interruptAtMs.map((after, index) =>
    labTask({
      name: `task-${first.length + 1 + index}`,
      replaces: `task-${1 + index}`,
      states: [
        { state: 'PROVISIONING', at: START + after },
        { state: 'RUNNING', at: START + after + 900 },
      ],
      listeningAt: START + after + 1400,
      registeredAt: START + after + 1500,
    }),
  );
  return [...first, ...replacements];
}

function simulatedExchange(input: { readonly random: Random; readonly task: LabTask; readonly node: string; readonly at: number }): Exchange {
  const { random, task, node, at } = input;
  const kind = KINDS[Math.floor(random.fraction() * KINDS.length)] ?? KINDS[0];
  const tookMs = kind.minMs * (kind.maxMs / kind.minMs) ** random.fraction();
  const closedAt = (task.listenerClosedAt ?? Infinity) - START;
  const exitedAt = (task.exitedAt ?? Infinity) - START;
  const base = { name: kind.name, method: kind.method, path: kind.path, node };
  const target = { node, target: task.id };
  // Busy pooled connections live on after the listener has closed, so a part of the requests still gets through.
  const pooled = random.fraction() < 0.45;
  if (at >= exitedAt || (at >= closedAt && !pooled)) {
    return badGateway('target-refused', { at, tookMs: 1, client: { ...base, connection: 'reused' }, balancer: { ...target, connection: 'fresh' } });
  }
  if (at + tookMs > exitedAt) {
    const streamed = kind.name === 'stream';
    const lost = { at, tookMs: exitedAt - at };
    if (streamed) {
      return exchange({
        ...lost,
        client: { ...base, outcome: 'truncated-rst', detail: 'the end marker is missing' },
        balancer: { ...target, cause: 'target-rst-in-body' },
      });
    }
    return badGateway('target-rst', { ...lost, client: base, balancer: target });
  }
  return exchange({ at, tookMs, client: base, balancer: target });
}

const KINDS = [
  { name: 'fast', method: 'GET', path: '/fast', minMs: 5, maxMs: 50 },
  { name: 'fast', method: 'GET', path: '/fast', minMs: 5, maxMs: 50 },
  { name: 'fast', method: 'GET', path: '/fast', minMs: 5, maxMs: 50 },
  { name: 'slow', method: 'GET', path: '/slow', minMs: 200, maxMs: 1000 },
  { name: 'order', method: 'POST', path: '/orders', minMs: 10, maxMs: 80 },
  { name: 'upload', method: 'POST', path: '/upload', minMs: 300, maxMs: 2000 },
  { name: 'stream', method: 'GET', path: '/stream', minMs: 500, maxMs: 6000 },
] as const;

/** The article's handler: closes its listener at once and is SIGKILLed. Two tasks, one after the other. */
export function articleScene(): Scene {
  return {
    seed: 7,
    ratePerSecond: 60,
    interruptAtMs: [8000, 16_000],
    deregisterAfterMs: 4000,
    endAtMs: 50_000,
    shutdown: { listenerClosesMs: 120, exitsMs: undefined },
    protect: false,
  };
}

/** The same app under protection. */
export function protectedScene(): Scene {
  return { ...articleScene(), endAtMs: 36_000, shutdown: { listenerClosesMs: 14_600, exitsMs: 15_900 }, protect: true };
}
