import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { epochNow } from '../epoch.ts';
import type { LiveEvent } from './events.ts';
import { isLoopbackName } from './loopback-name.ts';
import { livePage } from './page/page.ts';
import { encodeEvent, encodeSnapshot, sequenceOf, SSE_DONE, SSE_GREETING, SSE_HEARTBEAT } from './sse.ts';
import { Story } from './story.ts';

export interface LiveServerOptions {
  /** 0 for a free one. */
  readonly port: number;
  /** How many events are kept as they are. Default 5000. */
  readonly mostEvents?: number;
  /** How far a page that does not read may fall behind, in events, before it gets one snapshot instead of them. Default 256. */
  readonly mostBehind?: number;
  /** Default 15000. */
  readonly heartbeatMs?: number;
}

/**
 * Serves the live page and its events on 127.0.0.1, to at most {@link MOST_PAGES} pages at a time. Nobody waits for a page: what happens is written down,
 * and each page gets it as fast as it reads. While no page is open, writing down is all that is done.
 */
export class LiveServer {
  readonly #options: LiveServerOptions;
  readonly #server: Server;
  readonly #page = livePage();
  readonly #story: Story;
  /** Tells this lab's events from those of an earlier lab on the same port. */
  readonly #storyName = randomBytes(6).toString('hex');
  readonly #pages = new Set<OpenPage>();
  #isPumpPlanned = false;
  #isOver = false;
  #heartbeat: NodeJS.Timeout | undefined;

  private constructor(options: LiveServerOptions) {
    this.#options = options;
    this.#story = new Story(options.mostEvents);
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** Rejects with the error of `listen` when the port cannot be had. */
  static async open(options: LiveServerOptions): Promise<LiveServer> {
    const live = new LiveServer(options);
    await new Promise<void>((resolve, reject) => {
      live.#server.once('error', reject);
      live.#server.listen({ host: '127.0.0.1', port: options.port }, () => {
        live.#server.off('error', reject);
        resolve();
      });
    });
    return live;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Takes next to no time and never throws; after {@link close} it does nothing. */
  publish(event: LiveEvent): void {
    if (this.#isOver) return;
    this.#story.add(event);
    if (this.#pages.size === 0 || this.#isPumpPlanned) return;
    this.#isPumpPlanned = true;
    setImmediate(() => {
      this.#isPumpPlanned = false;
      for (const page of this.#pages) this.#pump(page);
    });
  }

  /** Tells the pages that nothing follows, and stops. A page that does not read is given up after `graceMs`. */
  async close(graceMs = CLOSE_GRACE_MS): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#heartbeat);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const impatience = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    for (const page of this.#pages) this.#pump(page);
    this.#server.closeIdleConnections();
    await closed;
    clearTimeout(impatience);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // A page elsewhere may have its name resolve to this machine; what its browser sends as Host is still that name.
    if (!isLoopbackName(request.headers.host)) return refuse(response, 403, 'This page is served to names of this machine only, such as 127.0.0.1.');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET and HEAD.', { allow: 'GET, HEAD' });
    const path = request.url?.split('?', 1)[0];
    if (path === '/') return this.#servePage(request, response);
    if (path === '/events' && request.method === 'GET') return this.#serveEvents(request, response);
    refuse(response, 404, 'There is / and /events.');
  }

  #servePage(request: IncomingMessage, response: ServerResponse): void {
    const { html, contentSecurityPolicy } = this.#page;
    response.writeHead(200, {
      ...SAFE_HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(html),
      'content-security-policy': contentSecurityPolicy,
    });
    response.end(request.method === 'HEAD' ? undefined : html);
  }

  #serveEvents(request: IncomingMessage, response: ServerResponse): void {
    if (this.#pages.size >= MOST_PAGES) return refuse(response, 503, `There are ${MOST_PAGES} pages already. Close one.`, { 'retry-after': '5' });
    response.writeHead(200, { ...SAFE_HEADERS, 'content-type': 'text/event-stream' });
    response.write(SSE_GREETING);
    const lastEventId = request.headers['last-event-id'];
    const known = sequenceOf(this.#storyName, typeof lastEventId === 'string' ? lastEventId : undefined);
    const hasAll = known !== undefined && known >= this.#story.dropped && known <= this.#story.last;
    const page: OpenPage = { response, sent: hasAll ? known : this.#story.dropped, stalledAt: undefined };
    // Also before the first event: a page that comes back to another lab must forget what it shows.
    if (!hasAll) this.#write(page, encodeSnapshot(this.#storyName, page.sent, { now: epochNow(), state: this.#story.base }));
    this.#pages.add(page);
    response.on('drain', () => this.#resume(page));
    response.on('close', () => this.#forget(page));
    // The answer to a connection that broke; `close` follows.
    response.on('error', () => undefined);
    this.#heartbeat ??= setInterval(() => this.#beat(), this.#options.heartbeatMs ?? HEARTBEAT_MS);
    this.#pump(page);
  }

  /** As much as the page takes without waiting. */
  #pump(page: OpenPage): void {
    while (page.stalledAt === undefined && page.sent < this.#story.last) {
      const event = this.#story.at(page.sent + 1);
      if (event === undefined) this.#writeSnapshot(page);
      else {
        page.sent += 1;
        this.#write(page, encodeEvent(this.#storyName, page.sent, event));
      }
    }
    if (this.#isOver && page.stalledAt === undefined && !page.response.writableEnded) page.response.end(SSE_DONE);
  }

  #resume(page: OpenPage): void {
    const missed = page.stalledAt === undefined ? 0 : this.#story.last - page.stalledAt;
    page.stalledAt = undefined;
    if (missed > (this.#options.mostBehind ?? MOST_BEHIND)) this.#writeSnapshot(page);
    this.#pump(page);
  }

  #writeSnapshot(page: OpenPage): void {
    page.sent = this.#story.last;
    this.#write(page, encodeSnapshot(this.#storyName, page.sent, { now: epochNow(), state: this.#story.state }));
  }

  #write(page: OpenPage, text: string): void {
    // Node keeps what the socket does not take, so one that does not take it gets nothing more until it has.
    if (!page.response.write(text)) page.stalledAt = this.#story.last;
  }

  #beat(): void {
    for (const page of this.#pages) if (page.stalledAt === undefined) this.#write(page, SSE_HEARTBEAT);
  }

  #forget(page: OpenPage): void {
    this.#pages.delete(page);
    if (this.#pages.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}

interface OpenPage {
  readonly response: ServerResponse;
  /** The sequence number of the newest event that was written to it. */
  sent: number;
  /** The newest event at the moment from which the page took no more; undefined while it reads. */
  stalledAt: number | undefined;
}

function refuse(response: ServerResponse, status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...SAFE_HEADERS, 'content-type': 'text/plain; charset=utf-8', connection: 'close', ...headers });
  response.end(`${sentence}\n`);
}

const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;
const MOST_PAGES = 16;
const MOST_CONNECTIONS = 64;
const MOST_BEHIND = 256;
const HEARTBEAT_MS = 15_000;
const CLOSE_GRACE_MS = 1000;
