/** The part of an SQS message that is used. */
export interface SqsMessage {
  readonly MessageId?: string | undefined;
  readonly ReceiptHandle?: string | undefined;
  readonly Body?: string | undefined;
}

/** The part of the AWS SDK's `SQS` client that gives messages back. `SQS` is what has methods; `SQSClient` has only `send`. */
export interface VisibilityClient {
  changeMessageVisibilityBatch(input: {
    QueueUrl: string;
    Entries: { Id: string; ReceiptHandle: string; VisibilityTimeout: number }[];
  }): Promise<{ readonly Failed?: readonly { readonly Id: string | undefined; readonly Message?: string | undefined }[] | undefined }>;
}

/** The part of the AWS SDK's `SQS` client that a receive loop uses. */
export interface ReceivingClient<Message extends SqsMessage> extends VisibilityClient {
  receiveMessage(input: {
    QueueUrl: string;
    MaxNumberOfMessages: number;
    WaitTimeSeconds: number;
    VisibilityTimeout?: number;
  }): Promise<{ readonly Messages?: readonly Message[] | undefined }>;
  deleteMessage(input: { QueueUrl: string; ReceiptHandle: string }): Promise<unknown>;
}

export interface HandBackOptions<Message extends SqsMessage> {
  readonly sqs: VisibilityClient;
  readonly queueUrl: string;
  readonly messages: readonly Message[];
}

/**
 * Makes messages visible again now, so that another consumer receives them and not only after their visibility timeout.
 *
 * @returns Those that are visible, and why the others are not.
 */
export async function makeVisible<Message extends SqsMessage>(
  options: HandBackOptions<Message>,
): Promise<{ readonly visible: readonly Message[]; readonly error: Error | undefined }> {
  const { sqs, queueUrl, messages } = options;
  const visible: Message[] = [];
  let error: Error | undefined;
  for (let start = 0; start < messages.length; start += LARGEST_BATCH) {
    const batch = messages.slice(start, start + LARGEST_BATCH);
    try {
      const { Failed = [] } = await sqs.changeMessageVisibilityBatch({
        QueueUrl: queueUrl,
        Entries: batch.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle: ReceiptHandle ?? '', VisibilityTimeout: 0 })),
      });
      const failed = new Set(Failed.map(({ Id }) => Id));
      visible.push(...batch.filter((_, index) => !failed.has(String(index))));
      if (Failed[0] !== undefined)
        error ??= new Error(`SQS did not make ${Failed.length} message(s) visible: ${Failed[0].Message ?? 'no reason given'}`);
    } catch (cause) {
      error ??= cause instanceof Error ? cause : new Error(String(cause));
    }
  }
  return { visible, error };
}

export function nameOf(message: SqsMessage): string {
  return `message ${message.MessageId ?? 'without an id'}`;
}

/** SQS takes no more entries in one call. */
const LARGEST_BATCH = 10;
