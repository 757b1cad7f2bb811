import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Checkable } from '../../src/check-request.ts';
import { MemoryStore, defineJob, enqueue, lease, once } from '../../src/index.ts';
import type { Operation, Outcomes } from '../../src/protocol/index.ts';

test('a process does not end while it awaits an answer of a store that holds no connection open, and a heartbeat keeps none from ending', async () => {
  const store = new SlowStore();
  const job = defineJob<null, null, void>({ name: 'job', version: 1, start: () => null, run: async () => {} });
  const work = once(store, { name: 'work', key: () => 'k', scope: () => 's', run: () => Promise.resolve('done') });

  const added = await store.asked(() => enqueue(store, job, null, { key: '7' }), { times: 1 });
  const held = await store.asked(() => lease(store, { name: 'a' }), { times: 1 });
  const whileHeld = liveTimers();
  await store.asked(() => held!.release(), { times: 1 });
  const result = await store.asked(work, { times: 2 });

  assert.deepEqual([added, result], ['added', 'done']);
  assert.deepEqual(store.timersWhileAsked, [1, 1, 1, 1, 1]);
  assert.equal(whileHeld, 0);
});

/** Answers when it was looked at what keeps the process alive meanwhile. */
class SlowStore extends MemoryStore {
  readonly timersWhileAsked: number[] = [];
  #answer: () => void = () => {};

  async asked<R>(begin: () => Promise<R>, { times }: { readonly times: number }): Promise<R> {
    const asked = begin();
    for (let time = 0; time < times; time += 1) {
      await turn();
      this.timersWhileAsked.push(liveTimers());
      this.#answer();
    }
    return await asked;
  }

  protected override async perform<O extends Operation & Checkable>(operation: O): Promise<Outcomes[O['op']]> {
    await new Promise<void>((resolve) => {
      this.#answer = resolve;
    });
    return await super.perform(operation);
  }
}

/** Those that keep the process alive. */
function liveTimers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}
