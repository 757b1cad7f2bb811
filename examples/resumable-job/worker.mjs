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
        if (end === job.state.offset) break;
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
  // The last line of a file may have no end.
  const length = bytesRead < buffer.length ? bytesRead : buffer.lastIndexOf('\n') + 1;
  if (length === 0 && bytesRead > 0) throw new Error(`The line at byte ${offset} is longer than 4 KiB.`);
  return { lines: buffer.toString('utf8', 0, length).split('\n').filter(Boolean), end: offset + length };
}

async function announce(orders, idempotencyKey) {
  console.log(`imported ${orders} orders, idempotency key ${idempotencyKey}`);
}

runJobs(store, [importOrders], { lifecycle: createLifecycle() });
if (process.env.FILE !== undefined) await enqueue(store, importOrders, { file: process.env.FILE }, { key: process.env.FILE });
console.log('listening');
