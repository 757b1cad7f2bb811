import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

/** `gone`: the client has left before all of it came. */
export type ReadBody = { readonly kind: 'read'; readonly bytes: Uint8Array } | { readonly kind: 'too large' } | { readonly kind: 'gone' };

/** Reads the body of a request, and puts it back for whoever reads it next. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return { kind: 'too large' };
  if (!hasBody(request)) return { kind: 'read', bytes: NOTHING };
  // Nothing more comes from it, not even a word that it has left.
  if (request.destroyed) return { kind: 'gone' };
  return await readAll(request, maxBytes);
}

/** The end of a body is still to come for its next reader as long as the octets are put back before it is told: in the very turn in which they were read. */
function readAll(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isDone = false;
    const done = (read: ReadBody): void => {
      isDone = true;
      request.off('readable', onReadable).off('end', onEnd).off('close', onGone).off('error', onGone);
      stream?.off('end', onEndOfStream);
      resolve(read);
    };
    const onGone = (): void => done({ kind: 'gone' });
    const onEnd = (): void => {
      const body = Buffer.concat(chunks);
      putBack(request, body);
      done({ kind: 'read', bytes: body });
    };
    const onReadable = (): void => {
      for (;;) {
        // Reading on from here would tell the end.
        if (request.complete && request.readableLength === 0 && bytes > 0) return onEnd();
        const chunk: unknown = request.read();
        if (!Buffer.isBuffer(chunk)) return;
        chunks.push(chunk);
        bytes += chunk.byteLength;
        if (bytes > maxBytes) return done({ kind: 'too large' });
        if (request.complete && request.readableLength === 0) return onEnd();
      }
    };
    // The request of HTTP/2 has not heard of this end yet when its stream tells it; afterwards it is too late to put anything back.
    const stream = streamOf(request);
    const onEndOfStream = (): void => {
      onReadable();
      if (!isDone) onEnd();
    };
    stream?.on('end', onEndOfStream);
    request.on('readable', onReadable).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

function streamOf(request: IncomingMessage): EventEmitter | undefined {
  return 'stream' in request && request.stream instanceof EventEmitter ? request.stream : undefined;
}

function putBack(request: IncomingMessage, bytes: Uint8Array): void {
  if (bytes.byteLength > 0) request.unshift(bytes);
  else tellEndAgain(request);
}

/** Without octets there is nothing to put back, and the end is over: who listens for it from now on would wait for ever. */
function tellEndAgain(request: IncomingMessage): void {
  for (const name of ['on', 'once', 'addListener'] as const) {
    // oxlint-disable-next-line typescript/unbound-method -- called with its own receiver below
    const listen: unknown = request[name];
    if (typeof listen !== 'function') continue;
    const on = (event: unknown, listener: unknown): unknown => {
      if (event === 'end' && typeof listener === 'function') process.nextTick(() => Reflect.apply(listener, request, []));
      return Reflect.apply(listen, request, [event, listener]);
    };
    Object.assign(request, { [name]: on });
  }
}

function hasBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  // HTTP/2 needs no header for it.
  return httpVersionMajor > 1 || headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

const NOTHING = new Uint8Array();
