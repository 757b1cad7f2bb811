// A worker in a process of its own. Each line of its output is one fact, with the time of day.
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as wait } from 'node:timers/promises';
import { createLifecycle } from '../../../../runtime/src/index.ts';
import { CHANNELS, defineJob, runJobs } from '../../../src/index.ts';
import { createSqliteStore } from '../../../src/stores/sqlite/index.ts';

const who = process.env['WHO'] ?? '?';
const LEASE_MS = 1500;

function fact(...words: readonly unknown[]): void {
  console.log([...words, Date.now()].join(' '));
}

interface Entry {
  readonly row: number;
  readonly by: string;
}

const rows = defineJob<{ readonly rows: number; readonly rowMs: number }, { readonly done: readonly Entry[] }, readonly Entry[]>({
  name: 'rows',
  version: 1,
  leaseMs: LEASE_MS,
  start: () => ({ done: [] }),
  async run(context) {
    fact('attempt', context.attempt);
    while (context.state.done.length < context.input.rows) {
      const row = context.state.done.length;
      await context.step(
        `row-${row}`,
        async () => {
          fact('step', row);
          await wait(context.input.rowMs);
        },
        (_done, { done }) => ({ done: [...done, { row, by: who }] }),
      );
    }
    return context.state.done;
  },
});

/** In a transaction with its effect, so that not even a kill between the two doubles it. */
const inserts = defineJob<{ readonly rows: number }, { readonly next: number }, null>({
  name: 'inserts',
  version: 1,
  leaseMs: LEASE_MS,
  start: () => ({ next: 0 }),
  async run(context) {
    while (context.state.next < context.input.rows) {
      const { next } = context.state;
      await context.commit(
        store,
        async (database) => {
          database.exec('CREATE TABLE IF NOT EXISTS effects (row INTEGER, by TEXT)');
          database.prepare('INSERT INTO effects VALUES (?, ?)').run(next, who);
          fact('insert', next);
          await wait(20);
        },
        () => ({ next: next + 1 }),
      );
    }
    return null;
  },
});

const poison = defineJob<null, null, null>({
  name: 'poison',
  version: 1,
  leaseMs: 1000,
  maxStalls: 2,
  start: () => null,
  run() {
    fact('poisoned');
    process.kill(process.pid, 'SIGKILL');
    return new Promise<never>(() => {});
  },
});

const store = createSqliteStore({ path: process.env['DATABASE'] ?? '', durability: 'normal' });
for (const event of ['checkpoint', 'settle', 'lost'] as const) {
  subscribe(CHANNELS[event], (message) => {
    const { seq, to, because } = message as { readonly seq?: number; readonly to?: string; readonly because?: string };
    fact(event, to ?? because ?? seq);
  });
}
process.once('SIGTERM', () => fact('signal'));
runJobs(store, [rows, inserts, poison], { lifecycle: createLifecycle() });
fact('ready');
