import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { protectWorker } from '@spotproof/runtime/bullmq';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
const connection = new Redis(process.env.REDIS ?? 'redis://127.0.0.1:6379', { maxRetriesPerRequest: null });
const worker = new Worker('orders', async (job) => await pool.query(job.name, job.data.ms), { connection });
protectWorker(worker).hook('database', () => pool.end());
await worker.waitUntilReady();
console.log('listening');
