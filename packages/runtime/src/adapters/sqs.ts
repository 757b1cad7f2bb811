export { protectConsumer, type PollingConsumer, type PollingConsumerOptions } from '../consumers/sqs-consumer.ts';
export { consumeQueue, type MessageContext, type QueueOptions } from '../consumers/sqs-queue.ts';
export type { ReceivingClient, SqsMessage, VisibilityClient } from '../consumers/sqs-client.ts';
