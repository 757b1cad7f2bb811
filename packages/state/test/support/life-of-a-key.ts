import { randomUUID } from 'node:crypto';
import type { Holder } from '../../src/protocol/index.ts';
import type { ClaimStore } from '../../src/store.ts';
import { CREATE, bytes, claimOf, winOf } from './requests.ts';
import type { RoundTrips } from './round-trips.ts';

/** What each part of the life of a key costs, in round trips; `worker` holds one that goes on. */
export async function lifeOfAKey(
  store: ClaimStore,
  wire: RoundTrips,
): Promise<{
  readonly costs: Readonly<Record<'first' | 'replay' | 'taken' | 'busy' | 'step' | 'heartbeat', number>>;
  readonly worker: Holder;
}> {
  const count = async (work: () => Promise<unknown>): Promise<number> => (await wire.during(work)).roundTrips;
  await store.read('connected');
  const request = claimOf();
  const job = claimOf({ create: undefined });
  await store.add({ ...job, create: CREATE, afterMs: 0, token: randomUUID() });

  const first = await count(async () =>
    store.settle({ ...(await winOf(store, request)), settlement: { to: 'done', result: bytes('result'), keepMs: 60_000 } }),
  );
  const replay = await count(() => store.claim({ ...request, token: randomUUID() }));
  const { value: worker, roundTrips: taken } = await wire.during(() => winOf(store, job));
  const busy = await count(() => store.claim({ ...job, token: randomUUID() }));
  const step = await count(() => store.save({ ...worker, seq: 1, version: 1, data: bytes('one'), leaseMs: 60_000 }));
  const heartbeat = await count(() => store.renew({ ...worker, leaseMs: 60_000 }));
  return { costs: { first, replay, taken, busy, step, heartbeat }, worker };
}
