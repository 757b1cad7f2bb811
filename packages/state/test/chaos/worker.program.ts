// A worker in a process of its own, to be killed, stopped and drained. Its lines: `ready`.
import { appendFileSync, openSync } from 'node:fs';
import path from 'node:path';
import { createLifecycle } from '../../../runtime/src/index.ts';
import { runJobs, type ClaimStore, type TransactionalStore } from '../../src/index.ts';
import { booked, chain } from './jobs.ts';
import { recorded } from './recorded-store.ts';
import { openStore, type StoreSpec } from './store-spec.ts';

const folder = process.env['CHAOS_FOLDER'] ?? '.';
const spec = JSON.parse(process.env['CHAOS_STORE'] ?? '') as StoreSpec;
const opened = openStore(spec);
const file = openSync(path.join(folder, `history-${process.pid}-${Date.now()}.ndjson`), 'a');
// A process identifier comes again within such a run.
const store = recorded(process.env['CHAOS_UNFENCED'] === '1' ? unfenced(opened.store) : opened.store, {
  file,
  by: `${process.pid} of ${process.hrtime.bigint()}`,
});
const effects = path.join(folder, 'effects.ndjson');

/** What many hand-made stores do: whoever writes last is right. */
function unfenced(fenced: ClaimStore): ClaimStore {
  return new Proxy(fenced, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      if (name !== 'save' && name !== 'renew' && name !== 'settle') return method.bind(target) as unknown;
      return async (request: { readonly key: string; readonly seq?: number }): Promise<unknown> => {
        const record = await target.read(request.key);
        const holder = record === undefined ? {} : { token: record.token, epoch: record.epoch };
        const seq = name === 'save' && record !== undefined ? { seq: record.seq + 1 } : {};
        return Reflect.apply(method, target, [{ ...request, ...holder, ...seq }]) as Promise<unknown>;
      };
    },
  });
}

runJobs(
  store,
  [
    chain((job, step, key) => appendFileSync(effects, `${JSON.stringify({ job, step, key })}\n`)),
    booked(opened.ledger && { ...opened.ledger, store: store as TransactionalStore<unknown> }),
  ],
  {
    lifecycle: createLifecycle(),
    concurrency: 2,
    pollMs: 100,
  },
);
console.log('ready');
