// A BullMQ worker whose jobs hang until it is told otherwise. `OPTIONS`: those of the worker.
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const { QUEUE = '', REDIS_SOCKET = '', OPTIONS = '{}', HANGS = '' } = process.env;
const worker = new Worker(
  QUEUE,
  (job) => {
    console.log('start', job.id);
    return HANGS === '' ? Promise.resolve() : new Promise(() => {});
  },
  { ...JSON.parse(OPTIONS), connection: new Redis(REDIS_SOCKET, { maxRetriesPerRequest: null }) },
);
worker.on('error', (error) => console.log('error', error.message));
worker.on('completed', (job) => console.log('completed', job.id));
worker.on('failed', (job, error) => console.log('failed', job?.id, error.message));
