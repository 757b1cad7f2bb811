import { request, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface SseMessage {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** A client of `/events` that reads when it is told to, unlike a browser. */
export class SseReader implements AsyncDisposable {
  readonly messages: SseMessage[] = [];
  comments = 0;
  greeting = '';
  octets = 0;
  isEnded = false;
  readonly response: IncomingMessage;
  #rest = '';

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('end', () => (this.isEnded = true));
    // A server that gives a page up resets its connection.
    response.on('error', () => (this.isEnded = true));
  }

  /** Not reading yet when `paused`. */
  static async open(
    url: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly paused?: boolean } = {},
  ): Promise<SseReader> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(new URL('events', url), { agent: false, headers: options.headers }, resolve).once('error', reject).end();
    });
    const reader = new SseReader(response);
    if (options.paused !== true) reader.read();
    return reader;
  }

  read(): void {
    this.response.on('data', (text: string) => this.#take(text));
  }

  /** Of the ordinary messages, what they say. */
  get events(): readonly { readonly type: string; readonly [name: string]: unknown }[] {
    return this.messages.filter(({ event }) => event === 'message').map(({ data }) => JSON.parse(data) as { readonly type: string });
  }

  async until(what: string, holds: () => boolean, budgetMs = 20_000): Promise<void> {
    const deadline = performance.now() + budgetMs;
    while (!holds()) {
      if (performance.now() > deadline) throw new Error(`Not within ${budgetMs} ms: ${what}. There were ${this.messages.length} messages.`);
      await delay(10);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.response.destroy();
    return Promise.resolve();
  }

  #take(text: string): void {
    this.octets += text.length;
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
      const data = fields.get('data');
      if (data !== undefined) this.messages.push({ id: fields.get('id'), event: fields.get('event') ?? 'message', data });
      else if (fields.has('retry')) this.greeting = block;
      else this.comments += 1;
    }
  }
}
