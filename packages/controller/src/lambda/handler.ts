import { SpotproofError } from '@spotproof/core';
import { connectAws } from '../aws/clients.ts';
import { connectController } from '../aws/connect-controller.ts';
import type { QueueRecord } from '../batch.ts';
import type { Controller } from '../controller.ts';
import { decisionLine } from '../decision-line.ts';
import { epochClock } from '../epoch-clock.ts';
import { parseUnits } from '../unit.ts';

/** What SQS hands to a function with partial batch responses (Lambda developer guide, "Reporting batch item failures"). */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * The Lambda handler: messages of the queue, or a schedule's event. Reads `SPOTPROOF_UNITS` (JSON) and, for the memory, `SPOTPROOF_MEMORY_TABLE`;
 * without a table the memory is in tags.
 *
 * @throws {SpotproofError} `SPOTPROOF_CONFIG_INVALID` for units that cannot be used, `SPOTPROOF_CLOUD` for a single event that must come again.
 */
export async function handler(event: unknown): Promise<BatchResponse> {
  const controller = (instance ??= fromEnvironment());
  const records = readRecords(event);
  const failed = await controller.handle(records ?? [{ messageId: 'event', body: JSON.stringify(event) }]);
  // A single event has no partial failure: only an error makes Lambda try it again.
  if (records === undefined && failed.length > 0)
    throw new SpotproofError('SPOTPROOF_CLOUD', 'The event could not be handled; the log says why. Lambda tries it again.', { retryable: true });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Undefined for anything but messages of SQS, such as the records of another source: that is an event by itself, of a kind that is not known. */
function readRecords(event: unknown): readonly QueueRecord[] | undefined {
  if (typeof event !== 'object' || event === null || !('Records' in event) || !Array.isArray(event.Records)) return undefined;
  const records = event.Records.flatMap((record: unknown) => {
    const fields = new Map<string, unknown>(Object.entries(Object(record)));
    const [messageId, body] = [fields.get('messageId'), fields.get('body')];
    return typeof messageId === 'string' && typeof body === 'string' ? [{ messageId, body }] : [];
  });
  return records.length === event.Records.length ? records : undefined;
}

function fromEnvironment(): Controller {
  const table = process.env['SPOTPROOF_MEMORY_TABLE'];
  return connectController({
    clients: connectAws(),
    units: parseUnits(readJson(process.env['SPOTPROOF_UNITS'])),
    memoryTable: table === '' ? undefined : table,
    owner: process.env['AWS_LAMBDA_LOG_STREAM_NAME'] ?? 'unknown',
    clock: epochClock,
    // `console.log` would put a time and an id before the line, and CloudWatch would find no metrics in it.
    record: (decision) => process.stdout.write(`${decisionLine(decision)}\n`),
  });
}

function readJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new SpotproofError('SPOTPROOF_CONFIG_INVALID', 'SPOTPROOF_UNITS must be JSON: a list of units. Set it in the environment of the function.');
  }
}

/** One for the life of the execution environment: clients keep their connections. */
let instance: Controller | undefined;
