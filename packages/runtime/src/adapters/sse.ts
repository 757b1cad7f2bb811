import type { ServerResponse } from 'node:http';
import { SpotproofError } from '@spotproof/core';
import { invalid } from '../process/settings.ts';
import type { Protection } from '../protection.ts';
import { Spread } from '../life/spread.ts';

export interface EventStreamOptions {
  /** How long clients wait before they come back, in milliseconds, 0 or more: the `retry:` field. Default 2000. */
  readonly retryMs?: number;
  /** Over how many milliseconds the ends are spread, 0 or more. Default: 3000, or 2 for each stream if that is more. The budget may allow less. */
  readonly spreadMs?: number;
}

export interface ServerSentEvent {
  readonly data: string;
  /** The event's type; clients take none for `message`. */
  readonly event?: string;
  /** What a client that comes back sends as `Last-Event-ID`. */
  readonly id?: string;
}

export interface EventStream {
  /** False when the client is slower than we are, as `stream.write()` says it. After the end nothing is sent. */
  send(event: ServerSentEvent): boolean;
  /** A line that clients ignore, against idle timeouts on the way. */
  comment(text: string): boolean;
  end(): void;
  /** Aborted when the stream is over, whoever ended it. */
  readonly closed: AbortSignal;
}

export interface EventStreams {
  /** Answers with an event stream: status 200 and its headers, beside those that were set on the response before. */
  open(response: ServerResponse): EventStream;
  /** How many are open now. */
  readonly size: number;
}

/**
 * Server-Sent Events that survive a drain: when lingering ends every stream is ended completely, with a `retry:` field, and not all at the same instant. An
 * `EventSource` then comes back by itself, elsewhere, with the id of the last event it saw.
 *
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID`
 *
 * @example
 * const streams = eventStreams(protect(server));
 * app.get('/events', (request, response) => follow(streams.open(response), request.headers['last-event-id']));
 */
export function eventStreams(life: Pick<Protection, 'events' | 'phase' | 'stop'>, options: EventStreamOptions = {}): EventStreams {
  const { retryMs = 2_000 } = options;
  if (!(Number.isFinite(retryMs) && retryMs >= 0)) throw invalid('retryMs', 'a number of milliseconds, 0 or more', retryMs);
  const open = new Set<OpenStream>();
  const end = (stream: OpenStream): void => stream.sendAway();
  const spread = new Spread<OpenStream>({ life, spreadMs: options.spreadMs, open: () => open, end, endNow: end });
  return {
    open(response) {
      const stream = new OpenStream(response, Math.round(retryMs));
      open.add(stream);
      response.once('close', () => open.delete(stream));
      spread.joined(stream);
      return stream;
    },
    get size() {
      return open.size;
    },
  };
}

class OpenStream implements EventStream {
  readonly #response: ServerResponse;
  readonly #retryMs: number;
  readonly #closed = new AbortController();

  constructor(response: ServerResponse, retryMs: number) {
    this.#response = response;
    this.#retryMs = retryMs;
    response.once('close', () => this.#closed.abort());
    // No transforming, buffering or storing on the way: events would come late, or all at once.
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' });
    this.#write(`retry: ${retryMs}\n\n`);
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  send({ data, event, id }: ServerSentEvent): boolean {
    const fields = [
      ...(event === undefined ? [] : [`event: ${oneLine('event', event)}`]),
      ...(id === undefined ? [] : [`id: ${oneLine('id', id)}`]),
      ...linesOf(data).map((line) => `data: ${line}`),
    ];
    return this.#write(`${fields.join('\n')}\n\n`);
  }

  comment(text: string): boolean {
    return this.#write(
      `${linesOf(text)
        .map((line) => `: ${line}`)
        .join('\n')}\n\n`,
    );
  }

  end(): void {
    if (!this.#response.writableEnded) this.#response.end();
  }

  /** Half to one and a half times the usual wait: another reason for clients not to come back together. */
  sendAway(): void {
    this.#write(`retry: ${Math.round(this.#retryMs * (0.5 + Math.random()))}\n\n`);
    this.end();
  }

  #write(text: string): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed && this.#response.write(text);
  }
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/);
}

/** A line break would begin another field, of whoever wrote the value. */
function oneLine(field: string, value: string): string {
  if (!/[\r\n\0]/.test(value)) return value;
  throw new SpotproofError('SPOTPROOF_MISUSE', `The ${field} of a server-sent event must be one line, got ${JSON.stringify(value.slice(0, 100))}.`);
}
