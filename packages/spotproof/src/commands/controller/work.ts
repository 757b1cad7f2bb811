import {
  connectAws,
  connectController,
  connectSqs,
  type ConnectOptions,
  type Decision,
  epochClock,
  runWorker,
  sqsQueue,
  type Unit,
} from '@spotproof/controller';

export interface WorkOptions {
  readonly where: ConnectOptions;
  readonly units: readonly Unit[];
  readonly queueUrl: string;
  readonly memoryTable: string | undefined;
  readonly record: (decision: Decision) => void;
  /** Ends it; what was received is finished. */
  readonly signal: AbortSignal;
}

/** The controller as a worker on its queue. Resolves when it was told to end and has. */
export async function work({ where, units, queueUrl, memoryTable, record, signal }: WorkOptions): Promise<void> {
  const clients = connectAws(where);
  const sqs = connectSqs(where);
  const clock = epochClock;
  const controller = connectController({ clients, units, memoryTable, owner: `worker-${process.pid}`, clock, record });
  try {
    await runWorker({ controller, clock, record, queue: sqsQueue(sqs, queueUrl), signal });
  } finally {
    clients.destroy();
    sqs.destroy();
  }
}
