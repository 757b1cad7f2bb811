// A BullMQ worker. Its jobs say how long they take (`ms`) and what they do about their signal (`abort`: reason, own, ignore).
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { protectWorker } from '@spotproof/runtime/bullmq';

const worker = new Worker(
  process.env.QUEUE,
  (job, _token, signal) =>
    new Promise((resolve, reject) => {
      console.log('start', job.name);
      const timer = setTimeout(() => resolve('done'), job.data.ms);
      signal.addEventListener('abort', () => {
        console.log('aborted', job.name, signal.reason.message);
        if (job.data.abort === 'ignore') return;
        clearTimeout(timer);
        reject(job.data.abort === 'own' ? new Error('gave up') : signal.reason);
      });
    }),
  { connection: new Redis(process.env.REDIS_SOCKET, { maxRetriesPerRequest: null }), concurrency: 3 },
);
worker.on('error', (error) => console.log('worker error', error.message));
worker.on('failed', (job, error) => console.log('failed', job?.name, error.message));
const life = protectWorker(worker);
life.draining.addEventListener('abort', () => console.log('draining'));
life.hook('database', () => console.log('hook'));
await worker.waitUntilReady();
console.log('listening 0');
