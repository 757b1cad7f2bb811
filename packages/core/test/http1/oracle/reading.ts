import {
  createRequestFramer,
  createResponseFramer,
  type FramerHandler,
  type FramingError,
  type MessageHead,
  type ResponseHead,
} from '@spotproof/core/http1';
import { latin1, octets } from '../recorder.ts';

/** What a reader makes of the octets of one connection. */
export interface Reading {
  readonly messages: readonly ReadMessage[];
  /** Statuses of interim responses. */
  readonly interim: readonly number[];
  /** `clean`: all understood. `rejected`: not HTTP. `cut`: the connection ended in the middle. `tunnel`: no longer HTTP. */
  readonly outcome: 'clean' | 'rejected' | 'cut' | 'tunnel';
  /** Error code and explanation, for `rejected` and `cut`. */
  readonly reason: string;
}

export interface ReadMessage {
  /** `GET / HTTP/1.1` or `HTTP/1.1 200 OK`. */
  line: string;
  headers: readonly string[];
  payload: string;
  trailers: readonly string[];
  keepAlive: boolean;
  isComplete: boolean;
}

/** Reads all requests of a connection, up to a CONNECT: what follows that is not for a framer to judge. */
export function readRequests(wire: string): Reading {
  return read(wire, createRequestFramer, ({ method, target, version }) => ({
    line: `${method} ${target} HTTP/${version}`,
    isTunnel: method === 'CONNECT',
  }));
}

/** Reads the response to one request. */
export function readResponse(wire: string, asked: string): Reading {
  const reading = read(
    wire,
    (handler: FramerHandler<ResponseHead>) => {
      const framer = createResponseFramer(handler, { body: 'payload' });
      framer.expect(asked);
      return framer;
    },
    ({ version, status, reason, framing }) => ({ line: `HTTP/${version} ${status} ${reason}`, isTunnel: framing === 'tunnel' }),
  );
  // To a framer FIN between messages is nothing; to a client that awaits a response it is the end of it.
  return firstMessageOnly(reading.messages.length === 0 && reading.outcome === 'clean' ? { ...reading, outcome: 'cut' } : reading);
}

/** What comes after the one response is noticed by node's agent or not, depending on when it comes. */
export const firstMessageOnly = (reading: Reading): Reading =>
  reading.messages[0]?.isComplete === true && reading.outcome !== 'tunnel' ? { ...reading, outcome: 'clean', reason: '' } : reading;

/** The first thing on which two readings disagree; undefined when they agree. */
export function firstDifference(ours: Reading, node: Reading): string | undefined {
  for (let index = 0; index < Math.max(ours.messages.length, node.messages.length); index++) {
    const difference = messageDifference(ours.messages[index], node.messages[index]);
    if (difference !== undefined) return `message ${index + 1}: ${difference}`;
  }
  if (ours.interim.join() !== node.interim.join()) return 'interim responses';
  return ours.outcome === node.outcome ? undefined : 'outcome';
}

function messageDifference(ours: ReadMessage | undefined, node: ReadMessage | undefined): string | undefined {
  if (ours === undefined) return 'only node has it';
  if (node === undefined) return 'only we have it';
  if (ours.line !== node.line) return 'start line';
  if (ours.headers.join('\n') !== node.headers.join('\n')) return 'headers';
  if (ours.keepAlive !== node.keepAlive) return 'keep-alive';
  if (ours.isComplete !== node.isComplete) return 'completeness';
  // Of a message that does not end, either may have handed over more before it noticed.
  if (!ours.isComplete) return ours.payload.startsWith(node.payload) || node.payload.startsWith(ours.payload) ? undefined : 'payload';
  if (ours.payload !== node.payload) return 'payload';
  return ours.trailers.join('\n') === node.trailers.join('\n') ? undefined : 'trailers';
}

function read<Head extends MessageHead>(
  wire: string,
  create: (handler: FramerHandler<Head>, options: { readonly body: 'payload' }) => { push(chunk: Uint8Array): number; end(): void },
  describe: (head: Head) => { readonly line: string; readonly isTunnel: boolean },
): Reading {
  const messages: ReadMessage[] = [];
  const interim: number[] = [];
  let error: FramingError | undefined;
  let isTunnel = false;
  const framer = create(
    {
      onHead: (head) => {
        if (isTunnel) return;
        const { line, isTunnel: endsHere } = describe(head);
        messages.push({ line, headers: head.headers, payload: '', trailers: [], keepAlive: head.keepAlive, isComplete: endsHere });
        isTunnel = endsHere;
      },
      onInterim: (head) => interim.push(Number(describe(head).line.slice(9, 12))),
      onBody: (bytes) => {
        const last = messages.at(-1);
        if (last !== undefined && !isTunnel) last.payload += latin1(bytes);
      },
      onTrailers: (headers) => {
        const last = messages.at(-1);
        if (last !== undefined && !isTunnel) last.trailers = headers;
      },
      onMessageEnd: () => {
        const last = messages.at(-1);
        if (last !== undefined) last.isComplete = true;
      },
      onError: (found) => (error = found),
    },
    { body: 'payload' },
  );
  framer.push(octets(wire));
  framer.end();

  if (isTunnel) return { messages, interim, outcome: 'tunnel', reason: '' };
  if (error === undefined) return { messages, interim, outcome: 'clean', reason: '' };
  const { code, message } = error;
  return { messages, interim, outcome: code.startsWith('ended-') ? 'cut' : 'rejected', reason: `${code}: ${message}` };
}
