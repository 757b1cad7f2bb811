import {
  createRequestFramer,
  createResponseFramer,
  type Framer,
  type FramerHandler,
  type FramerOptions,
  type FramingError,
  type MessageHead,
  type RawHeaders,
  type RequestHead,
  type ResponseHead,
} from '@spotproof/core/http1';

/** What a framer called, with octets as latin1 text and consecutive pieces of body joined. */
export type Recorded<Head> =
  | { readonly type: 'head' | 'interim'; readonly head: Omit<Head, 'wire'>; readonly wire: string }
  | { readonly type: 'body'; text: string }
  | { readonly type: 'trailers'; readonly headers: RawHeaders }
  | { readonly type: 'end' }
  | { readonly type: 'error'; readonly error: FramingError };

export interface Recording<Head> {
  readonly events: readonly Recorded<Head>[];
  /** Octets that the framer took. */
  readonly consumed: number;
  readonly state: Framer['state'];
}

export interface RecordOptions extends FramerOptions {
  /** Methods that were asked, for a response framer. Default: eight times GET. */
  readonly asked?: readonly string[];
  /** Where to cut the octets, ascending. Default: nowhere. */
  readonly cuts?: readonly number[];
  /** Whether FIN follows. Default no. */
  readonly fin?: boolean;
  /** Call `pause` after each message, and push the rest again after `resume`. */
  readonly pausing?: boolean;
}

export const octets = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
export const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

export function recordRequests(wire: string, options: RecordOptions = {}): Recording<RequestHead> {
  return record<RequestHead>(wire, options, (handler) => createRequestFramer(handler, options));
}

export function recordResponses(wire: string, options: RecordOptions = {}): Recording<ResponseHead> {
  return record<ResponseHead>(wire, options, (handler) => {
    const framer = createResponseFramer(handler, options);
    for (const method of options.asked ?? Array.from({ length: 8 }, () => 'GET')) framer.expect(method);
    return framer;
  });
}

/** The one head in a recording; throws when there is none. */
export function headOf<Head>({ events }: Recording<Head>): Omit<Head, 'wire'> {
  for (const event of events) if (event.type === 'head') return event.head;
  throw new Error(`no head among ${JSON.stringify(events)}`);
}

export const bodyOf = ({ events }: Recording<unknown>): string => events.map((event) => (event.type === 'body' ? event.text : '')).join('');

export function errorOf({ events }: Recording<unknown>): FramingError | undefined {
  for (const event of events) if (event.type === 'error') return event.error;
  return undefined;
}

export const typesOf = ({ events }: Recording<unknown>): string => events.map((event) => event.type).join(' ');

function record<Head extends MessageHead>(wire: string, options: RecordOptions, create: (handler: FramerHandler<Head>) => Framer): Recording<Head> {
  const events: Recorded<Head>[] = [];
  const note = (type: 'head' | 'interim', { wire: octetsOfHead, ...head }: Head): void => {
    events.push({ type, head, wire: latin1(octetsOfHead) });
  };
  const framer: Framer = create({
    onHead: (head) => note('head', head),
    onInterim: (head) => note('interim', head),
    onBody: (bytes) => {
      const last = events.at(-1);
      if (last?.type === 'body') last.text += latin1(bytes);
      else events.push({ type: 'body', text: latin1(bytes) });
    },
    onTrailers: (headers) => events.push({ type: 'trailers', headers }),
    onMessageEnd: () => {
      events.push({ type: 'end' });
      if (options.pausing === true) framer.pause();
    },
    onError: (error) => events.push({ type: 'error', error }),
  });

  const all = octets(wire);
  let consumed = 0;
  let from = 0;
  for (const to of [...(options.cuts ?? []), all.length]) {
    const piece = all.slice(from, to);
    from = to;
    let taken = framer.push(piece);
    while (options.pausing === true && taken < piece.length && (framer.state === 'idle' || framer.state === 'head')) {
      framer.resume();
      taken += framer.push(piece.subarray(taken));
    }
    framer.resume();
    // A framer must be done with a piece when push returns: its memory is somebody else's then.
    piece.fill(0x58);
    consumed += taken;
  }
  if (options.fin === true) framer.end();
  return { events, consumed, state: framer.state };
}
