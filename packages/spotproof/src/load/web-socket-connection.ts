import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { LongLivedFacts, Outcome } from './client-record.ts';
import { LongLivedConnection, type LongLivedOptions } from './long-lived.ts';
import type { WebSocketSpec } from './request-spec.ts';
import { judgeClose } from './web-socket-close.ts';

interface Outstanding {
  readonly text: string;
  readonly sentAt: number;
}

/** One WebSocket: opens, sends a message now and then, looks for the echoes, and judges its end. */
export class WebSocketConnection extends LongLivedConnection {
  readonly #spec: WebSocketSpec;
  readonly #socket: WebSocket;
  #outstanding: Outstanding[] = [];
  #sent = 0;
  #received = 0;
  #isLeaving = false;
  #closedByClient = false;
  /** RST on an open connection; otherwise it was a FIN. */
  #how: 'fin' | 'rst' = 'fin';

  constructor(options: LongLivedOptions & { readonly spec: WebSocketSpec; readonly headers: Readonly<Record<string, string>> }) {
    super(options);
    const { exchange, visit, owner } = options;
    this.#spec = options.spec;
    exchange.sentAt = this.now();
    const scheme = owner.scheme === 'https' ? 'wss' : 'ws';
    this.#socket = new WebSocket(`${scheme}://${visit.node.host}:${visit.node.port}${exchange.planned.path}`, {
      headers: options.headers,
      perMessageDeflate: false,
      // The lab makes the certificate anew for each run, for itself.
      rejectUnauthorized: false,
    });
    this.#socket.on('upgrade', (response) => this.#onUpgrade(response));
    this.#socket.on('unexpected-response', (_request, response) => this.#onRefusal(response));
    this.#socket.on('open', () => this.#onOpen());
    this.#socket.on('message', (message: Buffer) => this.#onMessage(message.toString()));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    this.#socket.on('close', (code, reason) => this.#onClose(code, reason.toString()));
    this.after(exchange.kind.spec.timeoutMs, () => {
      if (this.#socket.readyState === WebSocket.CONNECTING)
        this.#giveUp('timed-out', `expected 101 within ${exchange.kind.spec.timeoutMs} ms, got nothing`);
    });
  }

  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#closeWhenAnswered();
  }

  #onUpgrade(response: IncomingMessage): void {
    this.exchange.firstByteAt = this.now();
    this.exchange.status = 101;
    this.exchange.answeredBy = 'app';
    response.socket.on('error', () => {
      this.#how = 'rst';
    });
  }

  #onOpen(): void {
    for (const text of this.visit.unsaid) this.#say(text);
    this.#planMessage();
    this.after(this.visit.until - this.now(), () => this.leave());
    this.#closeWhenAnswered();
  }

  #planMessage(): void {
    this.after(this.visit.random.integer(...this.#spec.everyMs), () => {
      if (this.#isLeaving || this.#socket.readyState !== WebSocket.OPEN) return;
      this.#say(this.#spec.message.replaceAll('{n}', String(this.visit.messages + this.#sent + 1)));
      this.#planMessage();
    });
  }

  #say(text: string): void {
    this.#sent++;
    this.#socket.send(text);
    if (!this.#spec.expectEcho) return;
    const message = { text, sentAt: this.now() };
    this.#outstanding.push(message);
    const { timeoutMs } = this.exchange.kind.spec;
    this.after(timeoutMs, () => {
      if (this.#outstanding.includes(message))
        this.#giveUp('unanswered-message', `expected an echo of ${JSON.stringify(text.slice(0, 60))} within ${timeoutMs} ms, got none`);
    });
  }

  /** What is no echo is something that the app says by itself. */
  #onMessage(text: string): void {
    this.#received++;
    const index = this.#outstanding.findIndex((message) => message.text === text);
    if (index >= 0) this.#outstanding.splice(index, 1);
    this.#closeWhenAnswered();
  }

  #closeWhenAnswered(): void {
    if (!this.#isLeaving || this.#outstanding.length > 0 || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#closedByClient = true;
    this.#socket.close(1000);
    this.after(CLOSE_TIMEOUT_MS, () => this.#socket.terminate());
  }

  #onRefusal(response: IncomingMessage): void {
    this.exchange.firstByteAt = this.now();
    this.exchange.status = response.statusCode;
    this.exchange.answeredBy = response.headers.server === 'awselb/2.0' ? 'balancer' : 'app';
    this.#giveUp('bad-status', `expected 101, got ${response.statusCode}`);
  }

  #onError(error: NodeJS.ErrnoException): void {
    // On an open socket `close` follows and says more.
    if (this.#socket.readyState === WebSocket.OPEN || this.exchange.status === 101) return;
    if (error.code === 'ECONNREFUSED') this.#giveUp('refused', `expected a connection, got ${error.code}`);
    else if (error.code === 'ECONNRESET' && error.message === 'socket hang up')
      this.#giveUp('no-response-fin', 'expected 101, got a connection closed by the other side');
    else if (error.code === 'ECONNRESET') this.#giveUp('no-response-rst', 'expected 101, got a connection reset by the other side');
    else this.#giveUp('garbage', `expected 101, got ${error.message}`);
  }

  #onClose(code: number, reason: string): void {
    const now = this.now();
    const { outcome, ending, detail } = judgeClose({
      code,
      byClient: this.#closedByClient,
      outstandingMs: this.#outstanding.map(({ sentAt }) => now - sentAt),
      how: this.#how,
    });
    if (!this.end(outcome, detail, { ...this.#facts(), ending, closeCode: code, closeReason: reason === '' ? undefined : reason })) return;
    if (outcome !== 'answered' || ending !== 'told-to-reconnect') return;
    this.owner.comeBack(
      this.exchange,
      {
        ...this.visit,
        attempt: this.visit.attempt + 1,
        unsaid: this.#outstanding.map(({ text }) => text),
        messages: this.visit.messages + this.#sent,
      },
      this.visit.random.integer(...this.#spec.reconnectMs),
    );
  }

  #giveUp(outcome: Outcome, detail: string): void {
    const opened = this.exchange.status === 101;
    this.end(outcome, detail, { ...this.#facts(), ending: opened ? 'by-client' : 'not-opened', closeCode: undefined, closeReason: undefined });
    this.#socket.terminate();
  }

  #facts(): Omit<LongLivedFacts, 'ending' | 'closeCode' | 'closeReason' | 'attempt'> {
    return { retryMs: undefined, sent: this.#sent, received: this.#received, carriedOver: this.#outstanding.length };
  }
}

/** For the server's half of the closing handshake. */
const CLOSE_TIMEOUT_MS = 2000;
