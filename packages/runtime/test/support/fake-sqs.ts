import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface StoredMessage {
  readonly id: string;
  readonly body: string;
  receipt: string | undefined;
  visibleAt: number;
  receives: number;
  state: 'in the queue' | 'deleted';
}

interface SqsRequest {
  readonly MaxNumberOfMessages?: number;
  readonly WaitTimeSeconds?: number;
  readonly VisibilityTimeout?: number;
  readonly ReceiptHandle?: string;
  readonly Entries?: readonly { readonly Id: string; readonly ReceiptHandle: string; readonly VisibilityTimeout?: number }[];
}

/**
 * One SQS queue over HTTP, as the SDK speaks to it (AWS JSON 1.0), with what matters for consumers that stop: long polls, visibility timeouts, and that a
 * message may be assigned to a poll whose client is gone.
 */
export class FakeSqs implements AsyncDisposable {
  readonly #server: Server;
  readonly #messages: StoredMessage[] = [];
  readonly #arrivals = new Set<() => void>();
  #polls = 0;
  #isClosed = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<FakeSqs> {
    const server = createServer();
    const sqs = new FakeSqs(server);
    server.on('request', (request, response) => {
      const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      void (async () => {
        const answer = await sqs.#answer(action, (await json(request)) as SqsRequest);
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify(answer));
      })();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return sqs;
  }

  get queueUrl(): string {
    // It listens on a port, so this is no pipe.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/123456789012/orders`;
  }

  /** Receive calls that wait for a message now. */
  get polls(): number {
    return this.#polls;
  }

  send(body: object): void {
    this.#messages.push({ id: randomUUID(), body: JSON.stringify(body), receipt: undefined, visibleAt: 0, receives: 0, state: 'in the queue' });
    for (const arrived of this.#arrivals) arrived();
  }

  /** Each message that is not deleted, and whether a consumer would get it now. */
  get left(): readonly { readonly body: string; readonly isVisible: boolean; readonly receives: number }[] {
    return this.#messages
      .filter(({ state }) => state === 'in the queue')
      .map(({ body, visibleAt, receives }) => ({ body, isVisible: visibleAt <= performance.now(), receives }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const arrived of this.#arrivals) arrived();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(action: string, request: SqsRequest): Promise<object> {
    switch (action) {
      case 'ReceiveMessage':
        return await this.#receive(request);
      case 'DeleteMessage':
        this.#find(request.ReceiptHandle, (message) => (message.state = 'deleted'));
        return {};
      case 'DeleteMessageBatch':
        for (const { ReceiptHandle } of request.Entries ?? []) this.#find(ReceiptHandle, (message) => (message.state = 'deleted'));
        return { Successful: request.Entries?.map(({ Id }) => ({ Id })), Failed: [] };
      case 'ChangeMessageVisibility':
        this.#find(request.ReceiptHandle, (message) => (message.visibleAt = performance.now() + 1000 * (request.VisibilityTimeout ?? 0)));
        return {};
      case 'ChangeMessageVisibilityBatch':
        for (const { ReceiptHandle, VisibilityTimeout = 0 } of request.Entries ?? []) {
          this.#find(ReceiptHandle, (message) => (message.visibleAt = performance.now() + 1000 * VisibilityTimeout));
        }
        return { Successful: request.Entries?.map(({ Id }) => ({ Id })), Failed: [] };
      default:
        throw new Error(`the fake queue does not know ${action}`);
    }
  }

  async #receive({ MaxNumberOfMessages = 1, WaitTimeSeconds = 0, VisibilityTimeout = 30 }: SqsRequest): Promise<object> {
    const until = performance.now() + 1000 * WaitTimeSeconds;
    for (;;) {
      const now = performance.now();
      const visible = this.#messages.filter(({ state, visibleAt }) => state === 'in the queue' && visibleAt <= now).slice(0, MaxNumberOfMessages);
      if (visible.length > 0 || now >= until || this.#isClosed) return { Messages: visible.map((message) => assign(message, VisibilityTimeout)) };
      await this.#arrival(until - now);
    }
  }

  async #arrival(withinMs: number): Promise<void> {
    this.#polls += 1;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#arrivals.delete(done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      this.#arrivals.add(done);
    });
    this.#polls -= 1;
  }

  #find(receipt: string | undefined, act: (message: StoredMessage) => void): void {
    const message = this.#messages.find((candidate) => candidate.receipt === receipt);
    if (message !== undefined) act(message);
  }
}

function assign(message: StoredMessage, visibilityTimeout: number): object {
  message.receipt = randomUUID();
  message.visibleAt = performance.now() + 1000 * visibilityTimeout;
  message.receives += 1;
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: createHash('md5').update(message.body).digest('hex'),
  };
}
