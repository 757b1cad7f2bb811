import { open } from 'node:fs/promises';
import { createLifecycle } from '@spotproof/runtime';
import { defineJob, enqueue, runJobs } from '@spotproof/state';
import { createSqliteStore } from '@spotproof/state/sqlite';

const store = createSqliteStore({ path: process.env.DATABASE ?? 'state.db' });

const importOrders = defineJob({
  name: 'import-orders',
  version: 1,
  start: () => ({ offset: 0, orders: 0 }),
  async run(job) {
    const file = await open(job.input.file);
    try {
      for (;;) {
        const { lines, end } = await readLines(file, job.state.offset);
        if (lines.length === 0) break;
        // The orders and the place in the file are written in one transaction: both, or neither.
        await job.commit(
          store,
          async (database) => {
            database.exec('CREATE TABLE IF NOT EXISTS orders (id TEXT, cents INTEGER)');
            const insert = database.prepare('INSERT INTO orders VALUES (?, ?)');
            for (const line of lines) insert.run(...line.split(','));
          },
          () => ({ offset: end, orders: job.state.orders + lines.length }),
        );
      }
    } finally {
      await file.close();
    }
    // What cannot be in the transaction goes out under a key that is the same in each attempt.
    await job.step('announce', (effectKey) => announce(job.state.orders, effectKey));
    return { orders: job.state.orders };
  },
});

/** The whole lines of the next 4 KiB, and where they end. */
async function readLines(file, offset) {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(4096), position: offset });
  const length = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
  return {
    lines: buffer
      .toString('utf8', 0, Math.max(0, length - 1))
      .split('\n')
      .filter(Boolean),
    end: offset + length,
  };
}

async function announce(orders, idempotencyKey) {
  console.log(`imported ${orders} orders, idempotency key ${idempotencyKey}`);
}

runJobs(store, [importOrders], { lifecycle: createLifecycle() });
if (process.env.FILE !== undefined) await enqueue(store, importOrders, { file: process.env.FILE }, { key: process.env.FILE });
console.log('listening');
