import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connectionOf, currentResponse } from '../http/connection.ts';
import type { TimeLeft } from './time-left.ts';

/** One request's view of the drain. Made when it is asked for; a request that does not ask costs nothing. */
export interface RequestContext extends TimeLeft {
  /** Aborted when the drain begins: *please wrap up*. */
  readonly draining: AbortSignal;
  /** Aborted shortly before connections are cut: *stop now*. It does not tell of a client that went away; that is Node's `request.signal`. */
  readonly stop: AbortSignal;
}

/** What a request carries in every Node version; HTTP/2's has a `stream` as well. */
export type ContextRequest = Pick<IncomingMessage, 'socket'>;

/** Hands out contexts, one for each request. */
export class RequestContexts {
  readonly #known = new WeakMap<ContextRequest, RequestContext>();
  readonly #signals: { readonly draining: AbortSignal; readonly stop: AbortSignal };
  readonly #time: TimeLeft;

  constructor(signals: { readonly draining: AbortSignal; readonly stop: AbortSignal }, time: TimeLeft) {
    this.#signals = signals;
    this.#time = time;
  }

  of(request: ContextRequest): RequestContext {
    let context = this.#known.get(request);
    if (context === undefined) {
      context = this.#make(request);
      this.#known.set(request, context);
    }
    return context;
  }

  #make(request: ContextRequest): RequestContext {
    const { draining, stop } = this.#signals;
    const time = this.#time;
    let ownDraining: AbortSignal | undefined;
    let ownStop: AbortSignal | undefined;
    return {
      get draining() {
        ownDraining ??= follow(draining, request);
        return ownDraining;
      },
      get stop() {
        ownStop ??= follow(stop, request);
        return ownStop;
      },
      get deadline() {
        return time.deadline;
      },
      remainingMs: () => time.remainingMs(),
    };
  }
}

/**
 * A signal that lives as long as the request. What a handler hangs on a signal of the whole process would stay there for as long as the process, one
 * closure for each request that ever came.
 */
function follow(source: AbortSignal, request: ContextRequest): AbortSignal {
  const controller = new AbortController();
  if (source.aborted) {
    controller.abort(source.reason);
    return controller.signal;
  }
  const abort = (): void => controller.abort(source.reason);
  source.addEventListener('abort', abort);
  const release = (): void => {
    source.removeEventListener('abort', abort);
    for (const end of ends) end.removeListener('close', release);
  };
  const ends = endsOf(request);
  for (const end of ends) end.once('close', release);
  return controller.signal;
}

/** What closes when the request is over. Its own `close` comes as soon as its body has been read, so its answer and its connection are asked. */
function endsOf(request: ContextRequest & { readonly stream?: EventEmitter }): readonly EventEmitter[] {
  if (request.stream !== undefined) return [request.stream];
  const { socket } = request;
  const current = currentResponse(socket);
  const response = [current, ...(connectionOf(socket)?.pipelined ?? [])].find((candidate) => candidate?.req === request);
  return response === undefined ? [socket] : [response, socket];
}
