import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Ending, LongLivedFacts, Outcome } from './client-record.ts';
import { EventStreamParser } from './event-stream-parser.ts';
import { LongLivedConnection, type LongLivedOptions } from './long-lived.ts';
import type { EventStreamSpec } from './request-spec.ts';

/** One connection of a client of Server-Sent Events, which comes back as `EventSource` does. */
export class EventStreamConnection extends LongLivedConnection {
  readonly #spec: EventStreamSpec;
  readonly #request: ClientRequest;
  readonly #parser: EventStreamParser;
  #received = 0;
  #retryMs: number | undefined;
  #lastEventId: string | undefined;
  #gap: string | undefined;
  #isReset = false;
  #isLeaving = false;

  constructor(options: LongLivedOptions & { readonly spec: EventStreamSpec; readonly headers: Readonly<Record<string, string>> }) {
    super(options);
    const { exchange, visit, owner } = options;
    this.#spec = options.spec;
    this.#lastEventId = visit.lastEventId;
    this.#parser = new EventStreamParser({
      onEvent: ({ id }) => this.#onEvent(id),
      onRetry: (retryMs) => {
        this.#retryMs = retryMs;
      },
    });
    exchange.sentAt = this.now();
    const send = owner.scheme === 'https' ? requestHttps : requestHttp;
    this.#request = send({
      host: visit.node.host,
      port: visit.node.port,
      path: exchange.planned.path,
      headers: {
        accept: 'text/event-stream',
        'cache-control': 'no-store',
        ...options.headers,
        ...(visit.lastEventId === undefined ? {} : { 'last-event-id': visit.lastEventId }),
      },
      agent: false,
      // The lab makes the certificate anew for each run, for itself.
      rejectUnauthorized: false,
    });
    this.#request.on('socket', (socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNRESET') this.#isReset = true;
      });
    });
    this.#request.on('response', (response) => this.#onResponse(response));
    this.#request.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    this.#request.end();
    this.after(exchange.kind.spec.timeoutMs, () => {
      if (exchange.status === undefined) this.#giveUp('timed-out', `expected an event stream within ${exchange.kind.spec.timeoutMs} ms, got nothing`);
    });
  }

  leave(): void {
    // A server that has not answered yet owes that: only then is it clear that nothing was lost.
    this.#isLeaving = true;
    if (this.exchange.status === undefined) return;
    this.#finish('answered', 'by-client', undefined);
    this.#request.destroy();
  }

  #onResponse(response: IncomingMessage): void {
    const { exchange } = this;
    exchange.firstByteAt = this.now();
    exchange.status = response.statusCode;
    exchange.answeredBy = response.headers.server === 'awselb/2.0' ? 'balancer' : 'app';
    if (response.statusCode !== 200) {
      this.#giveUp('bad-status', `expected 200, got ${response.statusCode}`);
      return;
    }
    const type = response.headers['content-type'] ?? '';
    if (!type.startsWith('text/event-stream')) {
      this.#giveUp('wrong-body', `expected text/event-stream, got ${type === '' ? 'no content type' : type}`);
      return;
    }
    this.after(this.#isLeaving ? 0 : this.visit.until - this.now(), () => this.leave());
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#parser.push(text));
    response.on('error', () => {});
    response.on('close', () => this.#onEnd(response.complete));
  }

  #onEvent(id: string | undefined): void {
    this.#received++;
    if (this.#spec.consecutiveIds && this.#gap === undefined) {
      const before = this.#lastEventId;
      if (id === undefined || !/^\d+$/.test(id)) this.#gap = `expected an id that is a whole number, got ${JSON.stringify(id)}`;
      else if (before !== undefined && Number(id) !== Number(before) + 1) this.#gap = `expected event ${Number(before) + 1}, got ${id}`;
    }
    this.#lastEventId = id;
  }

  #onEnd(isComplete: boolean): void {
    if (this.isOver) return;
    if (!isComplete) {
      const detail = `expected the end of the event stream, got a connection ${this.#isReset ? 'reset' : 'closed'} by the other side after ${this.#received} events`;
      this.#finish(this.#isReset ? 'truncated-rst' : 'truncated-fin', 'cut', detail);
      return;
    }
    const ending = this.#retryMs === undefined ? 'by-server' : 'told-to-reconnect';
    if (!this.#finish('answered', ending, undefined)) return;
    this.owner.comeBack(
      this.exchange,
      { ...this.visit, attempt: this.visit.attempt + 1, lastEventId: this.#lastEventId },
      this.#retryMs ?? DEFAULT_RETRY_MS,
    );
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (this.exchange.status !== undefined) return;
    if (error.code === 'ECONNREFUSED') this.#giveUp('refused', `expected a connection, got ${error.code}`);
    else if (error.code !== 'ECONNRESET') this.#giveUp('garbage', `expected an HTTP response, got ${error.message}`);
    else if (this.#isReset && error.message !== 'socket hang up')
      this.#giveUp('no-response-rst', 'expected an event stream, got a connection reset by the other side');
    else this.#giveUp('no-response-fin', 'expected an event stream, got a connection closed by the other side');
  }

  #giveUp(outcome: Outcome, detail: string): void {
    this.#finish(outcome, this.exchange.status === 200 ? 'by-client' : 'not-opened', detail);
    this.#request.destroy();
  }

  /** A gap between two events is a loss, however well the stream ended. */
  #finish(outcome: Outcome, ending: Ending, detail: string | undefined): boolean {
    const missed = outcome === 'answered' ? this.#gap : undefined;
    return this.end(missed === undefined ? outcome : 'missed-event', missed ?? detail, { ...this.#facts(), ending });
  }

  #facts(): Omit<LongLivedFacts, 'ending' | 'attempt'> {
    return { closeCode: undefined, closeReason: undefined, retryMs: this.#retryMs, sent: 0, received: this.#received, carriedOver: 0 };
  }
}

/** What a client waits that was told nothing; the HTML standard leaves it to the client, "in the region of a few seconds". */
const DEFAULT_RETRY_MS = 2000;
