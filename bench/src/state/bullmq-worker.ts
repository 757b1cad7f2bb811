// A BullMQ worker in a process of its own, whose jobs hang. Its lines: `ready`, and `start` with the time of day. `OPTIONS`: those of the worker.
import { Worker } from 'bullmq';
import { ioredisClient } from './open-store.ts';

const { QUEUE = '', REDIS_SOCKET = '', OPTIONS = '{}' } = process.env;
const worker = new Worker(
  QUEUE,
  () => {
    console.log('start', Date.now());
    return new Promise(() => {});
  },
  { ...JSON.parse(OPTIONS), connection: ioredisClient(REDIS_SOCKET) },
);
worker.on('error', () => {});
await worker.waitUntilReady();
console.log('ready');
