// Consumes a queue: KIND=loop by our own receive loop, KIND=consumer by sqs-consumer. Its messages say how long they take (`ms`).
import { SQS } from '@aws-sdk/client-sqs';
import { consumeQueue, protectConsumer } from '@spotproof/runtime/sqs';
import { Consumer } from 'sqs-consumer';

const queueUrl = process.env.QUEUE_URL;
const waitTimeSeconds = Number(process.env.WAIT ?? 1);
const sqs = new SQS({ region: 'us-east-1', endpoint: new URL(queueUrl).origin, credentials: { accessKeyId: 'none', secretAccessKey: 'none' } });
const handle = async (message) => {
  const { name, ms, fail } = JSON.parse(message.Body);
  console.log('start', name);
  await new Promise((resolve) => setTimeout(resolve, ms));
  if (fail) throw new Error('no');
  console.log('end', name);
  return message;
};

let life;
if (process.env.KIND === 'loop') {
  life = consumeQueue({ sqs, queueUrl, waitTimeSeconds, handle, failed: (error) => console.log('failed', error.message) });
} else {
  const consumer = Consumer.create({ sqs, queueUrl, waitTimeSeconds, batchSize: 10, handleMessage: handle });
  consumer.on('error', (error) => console.log('failed', error.message));
  consumer.on('processing_error', (error) => console.log('failed', error.message));
  life = protectConsumer(consumer, { sqs, queueUrl });
  consumer.start();
}
life.draining.addEventListener('abort', () => console.log('draining'));
life.hook('database', () => console.log('hook'));
console.log('listening 0');
