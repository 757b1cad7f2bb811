import assert from 'node:assert/strict';
import { explain, lab, MIXED_APP, MIXED_REQUESTS, type LabResult } from './lab-cli.ts';
import type { OrderProfile } from './order-profiles.ts';
import { assertNothingLost, interruptedTasks } from './series.ts';

/** A door into the drain: the example of its guide, under a load of mixed kinds that fits it. */
export interface Adapter {
  readonly name: string;
  /** What the lab is told besides the circumstances: the load, the health check, how the task learns its stop timeout. */
  readonly flags: readonly string[];
  readonly command: readonly string[];
  /** What an interrupted task leaves with when it left by itself. */
  readonly exitCode: number;
}

/** An example that calls the runtime in its own code, with orders to ask for. */
function orders(name: string, file: string): Adapter {
  return inCode(name, ['--health-check', '/readyz,5s,2', '--requests', 'test/lab/programs/orders.json'], file);
}

/** One with a protocol, and with a load, of its own. */
function protocol(name: string, flags: readonly string[]): Adapter {
  return inCode(name, [...flags, '--requests', `examples/${name}/requests.json`], `examples/${name}/server.mjs`);
}

function inCode(name: string, flags: readonly string[], file: string): Adapter {
  return { name, flags: [...TOLD, ...flags], command: ['node', file], exitCode: 0 };
}

const STOP_TIMEOUT_SECONDS = 120;
/** As the task definition tells it where nobody says `--protect`. */
const TOLD = ['--env', `SPOTPROOF_STOP_TIMEOUT=${STOP_TIMEOUT_SECONDS}`];
const EXEC = ['node', 'packages/runtime/bin/spotproof-exec.js', '--front', ':auto', '--'];

export const ADAPTERS: readonly Adapter[] = [
  { name: 'auto', flags: ['--protect', '--health-check', '/health,5s,2', ...MIXED_REQUESTS], command: MIXED_APP, exitCode: 0 },
  orders('express', 'examples/express/server.mjs'),
  orders('connect', 'examples/express/connect.mjs'),
  orders('koa', 'examples/koa/server.mjs'),
  orders('hono', 'examples/hono/server.mjs'),
  orders('h3', 'examples/h3/server.mjs'),
  orders('fastify', 'examples/fastify/server.mjs'),
  orders('nest', 'examples/nest/server.mjs'),
  orders('nest-fastify', 'examples/nest/fastify.mjs'),
  protocol('http2', ['--protocol-version', 'http2', '--listener', 'h2c', '--health-check', '/readyz,5s,2']),
  protocol('grpc', ['--protocol-version', 'grpc', '--listener', 'h2c', '--health-check', '/grpc.health.v1.Health/Check,5s,2']),
  protocol('ws', ['--health-check', '/readyz,5s,2']),
  protocol('sse', ['--health-check', '/readyz,5s,2']),
  // Python knows nothing of SIGTERM: it is what it dies of once nothing is open any more.
  {
    name: 'exec',
    flags: [...TOLD, '--health-check', '/,5s,2', '--requests', 'examples/exec/requests.json'],
    command: [...EXEC, 'python3', 'examples/exec/server.py'],
    exitCode: 143,
  },
];

export interface AdapterCell {
  readonly adapter: Adapter;
  readonly profile: OrderProfile;
  readonly tasks: number;
  readonly seed: number;
}

export function describeCell({ adapter, profile }: AdapterCell): string {
  return `${adapter.name}, ${profile.name}`;
}

/**
 * The deregistration delay is the one of the deployment guide. With 20 s the balancer itself cuts the WebSockets and event streams of a task that hears
 * SIGTERM 14 s after it was deregistered: they are told to go over some seconds.
 */
export function runCell({ adapter, profile, tasks, seed }: AdapterCell): Promise<LabResult> {
  return lab([
    '--strict',
    ...['--tasks', String(tasks), '--nodes', '2', '--rate', String(2 * tasks), '--control', '4', '--interrupt', '1@1s', '--seed', String(seed)],
    ...['--stop-timeout', String(STOP_TIMEOUT_SECONDS), '--deregistration-delay', '30', ...profile.flags, ...adapter.flags, '--', ...adapter.command],
  ]);
}

/** Nothing lost, nobody killed, and where the balancer goes on sending after SIGTERM it did, so that something was shown. */
export function assertCell({ adapter, profile }: AdapterCell, result: LabResult): void {
  assertNothingLost(result, { exitCode: adapter.exitCode });
  if (profile.sendsAfterSigterm) assert.ok(sentAfterSigterm(result), `the balancer sent nothing after SIGTERM\n${explain(result)}`);
}

function sentAfterSigterm(result: LabResult): boolean {
  return interruptedTasks(result).every(({ lastRequestAt = 0, sigtermAt = Infinity }) => lastRequestAt > sigtermAt);
}

/** One line of a table. */
export function cellLine({ adapter, profile }: AdapterCell, result: LabResult): string {
  const { requests, verdict } = result.report;
  const [task] = interruptedTasks(result);
  const after = (at: number | undefined): string => (((at ?? Number.NaN) - (task?.sigtermAt ?? Number.NaN)) / 1000).toFixed(1);
  return [
    adapter.name.padEnd(12),
    profile.name.padEnd(8),
    `${requests.lost} of ${requests.total} lost (${verdict})`.padEnd(26),
    `last request ${after(task?.lastRequestAt)} s, gone ${after(task?.exitedAt)} s after SIGTERM, exit code ${task?.exitCode}`,
  ].join(' ');
}
