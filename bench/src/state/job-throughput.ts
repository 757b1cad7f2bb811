import { randomUUID } from 'node:crypto';
import { defineJob, enqueue, runJobs } from '@spotproof/state';
import { createRedisStore } from '@spotproof/state/redis';
import { Queue, Worker } from 'bullmq';
import { bootstrapMedian, type Interval } from '../measure/statistics.ts';
import { ioredisClient } from './open-store.ts';
import { startServer } from './servers.ts';

/** From the first job that is taken to the last one that is done, with so many that do nothing waiting; in the order ours, theirs, theirs, ours. */
export async function jobThroughput({ rounds, jobs }: { readonly rounds: number; readonly jobs: number }): Promise<JobThroughput> {
  await using server = await startServer('redis');
  if (server.spec.kind !== 'redis') throw new Error('Redis was asked for.');
  const { socketPath } = server.spec;
  const admin = ioredisClient(socketPath);
  const found: { readonly ratio: number; readonly bullmqPerSecond: number }[] = [];
  try {
    await ours(socketPath, jobs);
    await bullmq(socketPath, jobs);
    for (let round = 0; round < rounds; round++) {
      await admin.flushall();
      const first = await ours(socketPath, jobs);
      const theirs = (await bullmq(socketPath, jobs)) + (await bullmq(socketPath, jobs));
      const own = first + (await ours(socketPath, jobs));
      found.push({ ratio: theirs / own, bullmqPerSecond: (jobs * 2000) / theirs });
    }
  } finally {
    admin.disconnect();
  }
  return {
    ratio: bootstrapMedian(found.map(({ ratio }) => ratio)),
    bullmqPerSecond: bootstrapMedian(found.map((one) => one.bullmqPerSecond)).median,
  };
}

export interface JobThroughput {
  /** Jobs per second, ours against theirs. */
  readonly ratio: Interval;
  readonly bullmqPerSecond: number;
}

/** @returns Milliseconds. */
async function ours(socketPath: string, jobs: number): Promise<number> {
  const client = ioredisClient(socketPath);
  const store = createRedisStore({ client });
  const count = new Countdown(jobs);
  const job = defineJob<null, null, null>({
    name: `bench-${randomUUID()}`,
    version: 1,
    start: () => null,
    // oxlint-disable-next-line typescript/require-await -- as jobs are
    run: async () => {
      count.one();
      return null;
    },
  });
  await Promise.all(Array.from({ length: jobs }, (_, at) => enqueue(store, job, null, { key: String(at) })));
  const from = performance.now();
  const worker = runJobs(store, [job], { concurrency: AT_ONCE });
  await count.isOver;
  // What ran last is settled by then.
  await worker.stop();
  const tookMs = performance.now() - from;
  client.disconnect();
  return tookMs;
}

async function bullmq(socketPath: string, jobs: number): Promise<number> {
  const connection = ioredisClient(socketPath);
  const blocking = ioredisClient(socketPath);
  const name = randomUUID();
  const queue = new Queue(name, { connection });
  await queue.addBulk(Array.from({ length: jobs }, () => ({ name: 'bench', data: null })));
  const count = new Countdown(jobs);
  const from = performance.now();
  // oxlint-disable-next-line typescript/require-await -- as jobs are
  const worker = new Worker(name, async () => count.one(), { connection: blocking, concurrency: AT_ONCE });
  worker.on('error', () => {});
  await count.isOver;
  await worker.close();
  const tookMs = performance.now() - from;
  await queue.close();
  connection.disconnect();
  blocking.disconnect();
  return tookMs;
}

class Countdown {
  readonly isOver: Promise<void>;
  #left: number;
  #resolve: () => void = () => {};

  constructor(left: number) {
    this.#left = left;
    this.isOver = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  one(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#resolve();
  }
}

const AT_ONCE = 64;
