import { randomUUID } from 'node:crypto';
import { once, type ClaimStore } from '@spotproof/state';

/** What the work returns: about 1 KB as JSON. */
export const RESULT = { order: 'order-1', lines: Array.from({ length: 16 }, (_, line) => `line ${line} ${'x'.repeat(50)}`) };
export const RESULT_TEXT = JSON.stringify(RESULT);

/** The four things that are done to a store, as a user's code does the first two, and as the faces do the others. */
export interface Work {
  /** The whole call: claim, do nothing, settle with the result. */
  readonly first: () => Promise<unknown>;
  readonly replay: () => Promise<unknown>;
  /** A checkpoint of 1 KB. */
  readonly step: (lane: number) => Promise<unknown>;
  readonly heartbeat: (lane: number) => Promise<unknown>;
}

/** @param lanes How many attempts are held, each by one lane. */
export async function spotproofOn(store: ClaimStore, lanes: number): Promise<Work> {
  const call = once(store, { name: 'bench', scope: () => 'account-1', key: (order: { readonly id: string }) => order.id, run: () => RESULT });
  const known = Array.from({ length: KNOWN }, () => ({ id: randomUUID() }));
  for (const order of known) await call(order);
  const held = await Promise.all(Array.from({ length: lanes }, () => hold(store)));
  const data = Buffer.from(RESULT_TEXT);
  let asked = 0;
  return {
    first: () => call({ id: randomUUID() }),
    replay: () => call(known[(asked += 1) % KNOWN]!),
    step: async (lane) => {
      const attempt = held[lane]!;
      attempt.seq += 1;
      must(await store.save({ ...attempt.holder, seq: attempt.seq, version: 1, data, leaseMs: LEASE_MS }));
    },
    heartbeat: async (lane) => must(await store.renew({ ...held[lane]!.holder, leaseMs: LEASE_MS })),
  };
}

async function hold(
  store: ClaimStore,
): Promise<{ readonly holder: { readonly key: string; readonly token: string; readonly epoch: number }; seq: number }> {
  const [key, token] = [randomUUID(), randomUUID()];
  const create = { kind: 'job:bench', fingerprint: '', version: 1, data: Buffer.from(RESULT_TEXT) };
  const claimed = await store.claim({ key, token, leaseMs: LEASE_MS, keepMs: Infinity, create, fingerprint: undefined, version: 1 });
  if (claimed.outcome !== 'won') throw new Error(`A new key was ${claimed.outcome}.`);
  return { holder: { key, token, epoch: claimed.epoch }, seq: 0 };
}

function must(outcome: 'held' | 'lost'): void {
  if (outcome === 'lost') throw new Error('The attempt was lost: what was measured is not what it should be.');
}

const KNOWN = 200;
const LEASE_MS = 600_000;
