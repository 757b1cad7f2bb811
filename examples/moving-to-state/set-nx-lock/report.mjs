import { createClient } from 'redis';
import { isSpotproofError } from '@spotproof/core';
import { once } from '@spotproof/state';
import { createRedisStore } from '@spotproof/state/redis';
import { openPayments } from '../../support/payments.mjs';

const redis = await createClient({ url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', socket: { path: process.env.REDIS_SOCKET } }).connect();
const store = createRedisStore({ client: redis });
await store.check();
const payments = openPayments(process.env.PAYMENTS ?? 'payments.db');

const payOut = once(store, {
  name: 'pay-out',
  scope: () => 'the only tenant',
  key: (day) => day,
  keepMs: 7 * 86_400_000,
  run: (claim) => payments.charge(100, claim.effectKey('pay')),
});

// A cron starts this on every task, each day.
try {
  const { receipt } = await payOut(process.argv[2]);
  console.log(`paid out, receipt ${receipt}`);
} catch (error) {
  if (!isSpotproofError(error, 'SPOTPROOF_CLAIM_BUSY')) throw error;
  console.log('another task is at it');
}
payments.close();
await redis.close();
