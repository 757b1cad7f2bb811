import { setTimeout as delay } from 'node:timers/promises';
import { SpotproofError } from '@spotproof/core';
import { newToken } from '../new-token.ts';
import type { ClaimStore } from '../store.ts';

/** Lets several claim one key at once, of which one must win: whoever stands between, such as a pool or a proxy, is tried as well. */
export async function checkRace(store: ClaimStore): Promise<void> {
  const key = `spotproof:check:${newToken()}`;
  const outcomes = await Promise.all(
    Array.from({ length: RACERS }, () =>
      store.claim({
        key,
        token: newToken(),
        leaseMs: LEASE_MS,
        keepMs: 0,
        create: { kind: 'spotproof:check', fingerprint: '', version: 0, data: new Uint8Array() },
        fingerprint: undefined,
        version: 0,
      }),
    ),
  );
  const winners = outcomes.filter((outcome) => outcome.outcome === 'won');
  for (const { epoch } of winners.slice(0, 1)) await remove(store, key, epoch);
  if (winners.length === 1) return;
  throw new SpotproofError(
    'SPOTPROOF_STORE',
    `Of ${RACERS} claims of one key that raced in ${store.capabilities.name}, exactly one should win, and ${winners.length} did. Claims are not safe there: look for what answers in place of the server.`,
    { details: { winners: winners.length } },
  );
}

async function remove(store: ClaimStore, key: string, epoch: number): Promise<void> {
  for (let tries = 0; tries < PURGES; tries += 1) {
    if ((await store.purge({ key, force: epoch })) === 'purged') return;
    // A record is kept while the clock shows the millisecond in which it was claimed.
    await delay(2);
  }
}

const RACERS = 4;
const PURGES = 10;
const LEASE_MS = 60_000;
