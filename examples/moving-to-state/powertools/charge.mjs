import { once } from '@spotproof/state';
import { createSqliteStore } from '@spotproof/state/sqlite';
import { openPayments } from '../../support/payments.mjs';

const store = createSqliteStore({ path: process.env.CLAIMS ?? 'claims.db' });
const payments = openPayments(process.env.PAYMENTS ?? 'payments.db');

const charge = once(store, {
  name: 'charge',
  scope: (order) => order.account,
  key: (order) => order.id,
  keepMs: 3_600_000,
  run: (claim, order) => payments.charge(order.cents, claim.effectKey('charge')),
});

// An order in each line of standard input, as a queue would bring them.
for await (const line of process.stdin.setEncoding('utf8')) {
  for (const order of line.split('\n').filter(Boolean).map(JSON.parse)) {
    console.log(
      await charge(order).then(
        ({ receipt }) => `receipt ${receipt}`,
        (error) => error.code,
      ),
    );
  }
}
