import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defineJob, enqueue } from '@spotproof/state';
import { bullmqSpot } from '@spotproof/state/bullmq';
import { Queue } from 'bullmq';
import { median } from '../measure/statistics.ts';
import { markdownTable } from '../print/table.ts';
import { ioredisClient, openStore, type StoreSpec } from './open-store.ts';
import { startServer } from './servers.ts';

/** From the signal to a worker to the first step of another one, which was there all the time; each worker a process. */
export async function measureRecovery({ repetitions }: { readonly repetitions: number }): Promise<string> {
  const [rows, queues] = await Promise.all([
    Promise.all(PLACES.map(async (place) => rowOf(place, await recoveryOn(place, repetitions)))),
    compareQueues(),
  ]);
  const header = ['store', 'kill -9: median, s', 'longest, s', 'over the lease, s', 'SIGTERM: median, s', 'longest, s', 'within 1 s'];
  return `Lease ${LEASE_MS / 1000} s, poll 500 ms, ${repetitions} of each:\n\n${markdownTable(header, rows)}\n\n${markdownTable(['lease or lock 30 s, killed once', 's'], queues)}`;
}

interface Recovery {
  readonly killedMs: readonly number[];
  readonly handedOverMs: readonly number[];
}

function rowOf({ kind, maxClockSkewMs }: Place, { killedMs, handedOverMs }: Recovery): readonly string[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  const longest = Math.max(...killedMs);
  return [
    maxClockSkewMs === undefined ? kind : `${kind}, maxClockSkewMs ${maxClockSkewMs}`,
    seconds(median(killedMs)),
    seconds(longest),
    seconds(longest - LEASE_MS),
    seconds(median(handedOverMs)),
    seconds(Math.max(...handedOverMs)),
    `${handedOverMs.filter((ms) => ms < 1000).length} of ${handedOverMs.length}`,
  ];
}

async function recoveryOn({ kind, ...settings }: Place, repetitions: number): Promise<Recovery> {
  await using server = await startServer(kind);
  const opened = openStore(server.spec);
  await opened.migrate();
  await enqueue(opened.store, ENDLESS, null, { key: '1' });
  const killedMs: number[] = [];
  const handedOverMs: number[] = [];
  const env = { STORE: JSON.stringify({ ...server.spec, ...settings }), LEASE_MS: String(LEASE_MS) };
  let holder = new Program('recovery-worker.ts', env);
  await holder.line('step');
  let other = new Program('recovery-worker.ts', env);
  try {
    for (let repetition = 0; repetition < repetitions * 2; repetition++) {
      await other.line('ready');
      // Anywhere between two heartbeats, and between two looks of the other one.
      await wait(200 + Math.random() * 700);
      const isKill = repetition % 2 === 0;
      const from = Date.now();
      const ended = holder.end(isKill ? 'SIGKILL' : 'SIGTERM');
      (isKill ? killedMs : handedOverMs).push(timeOf(await other.line('step')) - from);
      await ended;
      [holder, other] = [other, new Program('recovery-worker.ts', env)];
    }
  } finally {
    await Promise.all([holder.end('SIGKILL'), other.end('SIGKILL')]);
    await opened.close();
  }
  return { killedMs, handedOverMs };
}

/** Once each, since BullMQ as it is takes a minute. */
async function compareQueues(): Promise<readonly (readonly string[])[]> {
  await using server = await startServer('redis');
  if (server.spec.kind !== 'redis') throw new Error('Redis was asked for.');
  const { socketPath } = server.spec;
  const connection = ioredisClient(socketPath);
  const opened = openStore(server.spec);
  try {
    const bullmq = async (name: string, options: object): Promise<readonly string[]> => {
      const queue = new Queue(name, { connection });
      await queue.add('order', {});
      const took = await killedOnce('bullmq-worker.ts', { QUEUE: name, REDIS_SOCKET: socketPath, OPTIONS: JSON.stringify(options) }, 'start');
      await queue.close();
      return [`BullMQ, ${name}`, (took / 1000).toFixed(1)];
    };
    const ours = async (): Promise<readonly string[]> => {
      await enqueue(opened.store, ENDLESS, null, { key: '1' });
      const took = await killedOnce('recovery-worker.ts', { STORE: JSON.stringify(server.spec), LEASE_MS: '30000' }, 'step');
      return ['runJobs(), defaults', (took / 1000).toFixed(1)];
    };
    return await Promise.all([bullmq('defaults', {}), bullmq('bullmqSpot() (lock 20 s)', bullmqSpot({})), ours()]);
  } finally {
    connection.disconnect();
    await opened.close();
  }
}

/** @returns Milliseconds from the kill to the begin of the work in another process. */
async function killedOnce(program: string, env: Readonly<Record<string, string>>, begun: string): Promise<number> {
  const victim = new Program(program, env);
  await victim.line(begun);
  const other = new Program(program, env);
  try {
    await other.line('ready');
    await wait(1000);
    const from = Date.now();
    await victim.end('SIGKILL');
    return timeOf(await other.line(begun, 150_000)) - from;
  } finally {
    await Promise.all([victim.end('SIGKILL'), other.end('SIGKILL')]);
  }
}

class Program {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #changed: () => void = () => {};

  constructor(file: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [...process.execArgv, fileURLToPath(new URL(file, import.meta.url))], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 300_000,
      killSignal: 'SIGKILL',
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.#lines.push(line);
      this.#changed();
    });
    this.#child.once('exit', () => this.#changed());
  }

  /** The first line that begins so, now or later. */
  async line(start: string, withinMs = 30_000): Promise<string> {
    const until = performance.now() + withinMs;
    for (;;) {
      const found = this.#lines.find((line) => line.startsWith(start));
      if (found !== undefined) return found;
      if (this.#isOver || performance.now() > until) throw new Error(`A worker never said "${start}":\n${this.#lines.join('\n')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.#isOver) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

function timeOf(line: string): number {
  return Number(line.split(' ').at(-1));
}

/** Only to enqueue it; the workers have the code. */
const ENDLESS = defineJob<null, number, null>({ name: 'endless', version: 1, start: () => 0, run: () => Promise.resolve(null) });
const LEASE_MS = 2000;

interface Place {
  readonly kind: StoreSpec['kind'];
  readonly maxClockSkewMs?: number;
}

/** All at once: the workers are idle most of the time. */
const PLACES: readonly Place[] = [
  { kind: 'redis' },
  { kind: 'postgres' },
  { kind: 'mariadb' },
  { kind: 'sqlite' },
  { kind: 'dynamodb' },
  { kind: 'dynamodb', maxClockSkewMs: 500 },
];
