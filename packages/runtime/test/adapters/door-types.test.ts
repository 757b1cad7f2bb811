import assert from 'node:assert/strict';
import type { Http2SecureServer } from 'node:http2';
import { test } from 'node:test';
import type { Message, SQS } from '@aws-sdk/client-sqs';
import type { Server as GrpcServer } from '@grpc/grpc-js';
import type { serve as serveHono } from '@hono/node-server';
import type { Meter } from '@opentelemetry/api';
import { protect } from '@spotproof/runtime';
import { protectWorker } from '@spotproof/runtime/bullmq';
import { protectGrpc } from '@spotproof/runtime/grpc';
import { observeDrain } from '@spotproof/runtime/otel';
import { consumeQueue, protectConsumer } from '@spotproof/runtime/sqs';
import type { Worker } from 'bullmq';
import type { HealthImplementation } from 'grpc-health-check';
import type { Consumer } from 'sqs-consumer';

// The programs of the other tests are JavaScript, which takes anything; whoever writes TypeScript hands over these types.
interface Made {
  readonly hono: ReturnType<typeof serveHono>;
  readonly secure: Http2SecureServer;
  readonly worker: Worker<{ readonly id: string }, number>;
  readonly grpc: GrpcServer;
  readonly health: HealthImplementation;
  readonly meter: Meter;
  readonly sqs: SQS;
  readonly consumer: Consumer;
}

/** Never called: that it compiles is the test. */
function handOver(made: Made): void {
  protect(made.hono);
  protect(made.secure);
  protectWorker(made.worker);
  protectGrpc(made.grpc, { health: made.health });
  observeDrain({ meter: made.meter, flush: () => {} });
  protectConsumer(made.consumer, { sqs: made.sqs, queueUrl: 'q' });
  consumeQueue({ sqs: made.sqs, queueUrl: 'q', handle: (message) => message.Body?.length });
  consumeQueue({ sqs: made.sqs, queueUrl: 'q', handle: (message: Message) => message.Attributes });
}

test('queues, gRPC, telemetry and servers of others are taken as TypeScript sees them', () => {
  assert.equal(handOver.length, 1);
});

test('a queue without an address, which is one whose environment variable is missing, is refused by name', () => {
  const missing = JSON.parse('{}');

  for (const door of [consumeQueue, protectConsumer.bind(undefined, missing)])
    assert.throws(() => door(missing), { code: 'SPOTPROOF_CONFIG_INVALID', message: /^queueUrl must be/ });
});
