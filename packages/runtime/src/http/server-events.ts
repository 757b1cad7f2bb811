/* oxlint-disable typescript/no-unsafe-type-assertion -- Node documents the arguments of each event; its types cannot express an `emit` for all of them. */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, Http2Session, ServerHttp2Stream } from 'node:http2';
import type { Server as NetServer, Socket } from 'node:net';
import { afterThis } from '../process/next-tick.ts';

/**
 * What becomes of a request: the app has it now, has it once Node has read all that came with it, or never has it, since it was answered or must
 * not be.
 */
export type RequestVerdict = 'now' | 'after-reading' | 'taken';

/** What is heard of a server before the app hears it. */
export interface ServerEvents {
  request(request: IncomingMessage, response: ServerResponse): RequestVerdict;
  upgraded(request: IncomingMessage, socket: Socket): void;
  connected(socket: Socket): void;
  /** The TLS handshake of a connection is over. */
  secured(socket: Socket): void;
  /** A connection speaks HTTP/2. */
  sessionOpened(session: Http2Session): void;
  /** A request came over HTTP/2. True keeps it from the app. */
  streamOpened(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean;
  listening(): void;
  /** True keeps it from the app. */
  closed(): boolean;
}

/**
 * Gives this one server an `emit` of its own. It sees each event before the app does and can answer in its place (a listener put in front of the
 * app's could not: the app's would still run), and leaves classes, prototypes and the app's listeners alone.
 */
export function interceptEvents(server: NetServer, events: ServerEvents): void {
  // Looked up at each call, so that instrumentation which patches the prototype later is still heard.
  const inherited = Object.getPrototypeOf(server) as EventEmitter;
  const own = Object.getOwnPropertyDescriptor(server, 'emit')?.value as ((...args: unknown[]) => boolean) | undefined;
  const toApp = (self: NetServer, event: string, args: readonly unknown[]): boolean =>
    own === undefined ? inherited.emit.call(self, event, ...args) : own.call(self, event, ...args);
  const emit = function emit(this: NetServer, event: string, ...args: unknown[]): boolean {
    // A stream was heard of before; this is Node showing it to the app as a request.
    if (REQUESTS.has(event) && (args[0] as IncomingMessage).httpVersionMajor === 2) return toApp(this, event, args);
    if (event === 'request' || event === 'checkContinue' || event === 'checkExpectation') {
      const verdict = events.request(args[0] as IncomingMessage, args[1] as ServerResponse);
      if (verdict === 'now') return toApp(this, event, args);
      // Not as a microtask: the app's own promises would then run before its ticks, the other way round than when Node calls it.
      if (verdict === 'after-reading') afterThis(() => toApp(this, event, args));
      return true;
    }
    return isTaken(event, args, events) || toApp(this, event, args);
  };
  Object.defineProperty(server, 'emit', { value: emit, configurable: true, writable: true, enumerable: false });
}

/** Tells of everything but requests. True keeps the event from the app. */
function isTaken(event: string, args: readonly unknown[], events: ServerEvents): boolean {
  switch (event) {
    case 'upgrade':
    case 'connect':
      events.upgraded(args[0] as IncomingMessage, args[1] as Socket);
      return false;
    case 'connection':
      events.connected(args[0] as Socket);
      return false;
    case 'secureConnection':
      events.secured(args[0] as Socket);
      return false;
    case 'session':
      events.sessionOpened(args[0] as Http2Session);
      return false;
    case 'stream':
      return events.streamOpened(args[0] as ServerHttp2Stream, args[1] as IncomingHttpHeaders);
    case 'listening':
      events.listening();
      return false;
    case 'close':
      return events.closed();
  }
  return false;
}

const REQUESTS: ReadonlySet<string> = new Set(['request', 'checkContinue', 'checkExpectation', 'connect']);
