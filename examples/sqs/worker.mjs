import { SQS } from '@aws-sdk/client-sqs';
import { consumeQueue } from '@spotproof/runtime/sqs';
import { openPool } from '../support/pool.mjs';

const pool = openPool();
const life = consumeQueue({
  sqs: new SQS(process.env.SQS_ENDPOINT === undefined ? {} : { endpoint: process.env.SQS_ENDPOINT }),
  queueUrl: process.env.QUEUE_URL,
  async handle(message) {
    const { name, ms } = JSON.parse(message.Body);
    await pool.query(name, ms);
  },
  failed: (error, message) => console.error(message?.MessageId, error),
});
life.hook('database', () => pool.end());
console.log('listening');
