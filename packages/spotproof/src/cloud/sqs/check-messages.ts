import { CloudFault } from '../wire/fault.ts';

/** A batch is taken as a whole or not at all. @throws {CloudFault} for none, more than ten, and two by one name. */
export function checkBatch(entries: readonly { readonly Id: string; readonly MessageBody?: string }[]): void {
  if (entries.length === 0) throw ofQueues('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MOST_ENTRIES)
    throw ofQueues('TooManyEntriesInBatchRequest', `Maximum number of entries per request are ${MOST_ENTRIES}. You have sent ${entries.length}.`);
  const ids = entries.map(({ Id }) => Id);
  const repeated = ids.find((id, index) => ids.indexOf(id) < index);
  if (repeated !== undefined) throw ofQueues('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  const octets = entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
  if (octets > MOST_OCTETS)
    throw ofQueues('BatchRequestTooLong', `Batch requests cannot be longer than ${MOST_OCTETS} bytes. You have sent ${octets} bytes.`);
}

/** @throws {CloudFault} for nothing, and for more than a message holds. */
export function checkBody(body: string): void {
  if (body === '') throw new CloudFault('MissingParameter', 'The request must contain the parameter MessageBody.');
  if (Buffer.byteLength(body) > MOST_OCTETS)
    throw invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${MOST_OCTETS} bytes.`);
}

/** @throws {CloudFault} for seconds that are not from 0 to `max`. */
export function checkSeconds(name: string, value: number | undefined, max: number): void {
  if (value !== undefined && (value < 0 || value > max))
    throw invalidValue(`Value ${value} for parameter ${name} is invalid. Reason: Must be >= 0 and <= ${max}, if provided.`);
}

/** One that is not the last of its message is none of a stranger's. @throws {CloudFault} for what no queue gave. */
export function checkReceipt(receiptHandle: string): void {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(receiptHandle))
    throw new CloudFault('ReceiptHandleIsInvalid', `The input receipt handle "${receiptHandle.slice(0, 200)}" is not a valid receipt handle.`);
}

/** With the code that SQS had before it spoke JSON, which clients still show. */
export function ofQueues(name: string, message: string): CloudFault {
  return new CloudFault(`${OLD_CODES}${name}`, message);
}

/** The name of the exception, by the old code. */
export function exceptionOf(code: string): string {
  const name = code.startsWith(OLD_CODES) ? code.slice(OLD_CODES.length) : code;
  return name === 'NonExistentQueue' ? 'QueueDoesNotExist' : name === 'QueueAlreadyExists' ? 'QueueNameExists' : name;
}

function invalidValue(message: string): CloudFault {
  return new CloudFault('InvalidParameterValue', message);
}

const OLD_CODES = 'AWS.SimpleQueueService.';
/** SQS developer guide, message quotas: ten messages a batch; 1 MiB a message and a batch. */
const MOST_ENTRIES = 10;
const MOST_OCTETS = 1_048_576;
