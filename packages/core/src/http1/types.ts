/** Header names and values as they came, `[name, value, name, value, …]`, one latin1 character a byte. */
export type RawHeaders = readonly string[];

/**
 * How the end of a message body is known (RFC 9112, section 6.3):
 * `none` no body · `length` Content-Length · `chunked` · `until-close` a response that ends with its connection · `tunnel` after 101 or a 2xx to CONNECT.
 */
export type Framing = 'none' | 'length' | 'chunked' | 'until-close' | 'tunnel';

/** What the heads of requests and responses have in common. */
export interface MessageHead {
  readonly version: '1.0' | '1.1';
  readonly headers: RawHeaders;
  readonly framing: Framing;
  /** Octets of the body; set for framing `length` only. */
  readonly contentLength: number | undefined;
  /** What the sender says about the connection: false after `Connection: close`, or HTTP/1.0 without `keep-alive`. */
  readonly keepAlive: boolean;
  /** The whole head as it stood on the wire, request or status line to the empty line included. Valid during the callback only. */
  readonly wire: Uint8Array;
}

export interface RequestHead extends MessageHead {
  readonly kind: 'request';
  readonly method: string;
  /** The request target as sent: origin-form, absolute-form, authority-form or `*`. */
  readonly target: string;
  /** The value of `Upgrade` when `Connection` names it. */
  readonly upgrade: string | undefined;
  /** `Expect: 100-continue` was sent. */
  readonly expectContinue: boolean;
}

export interface ResponseHead extends MessageHead {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
}

/** Why bytes are not HTTP/1.1. `status` is what to answer: to such a request 400, 414, 431, 501 or 505; for such a response always 502. */
export interface FramingError {
  readonly code:
    | 'bad-start-line'
    | 'bad-version'
    | 'bad-header'
    | 'head-too-large'
    | 'target-too-long'
    | 'bad-content-length'
    | 'conflicting-length'
    | 'bad-transfer-encoding'
    | 'bad-chunk'
    | 'unexpected-message'
    | 'ended-in-head'
    | 'ended-in-body';
  readonly status: number;
  /** What was expected and what came, for a person. */
  readonly message: string;
}

/** What a framer calls, synchronously, in wire order. */
export interface FramerHandler<Head> {
  /** A final head: every request, and every response but 1xx. A 101 arrives here with framing `tunnel`. */
  onHead(head: Head): void;
  /** An interim response: 1xx but 101. Never called for requests. */
  onInterim?(head: Head): void;
  /** A piece of the body, a view into the pushed chunk. `wire` mode: the bytes as sent, chunk framing and trailers included. `payload` mode: the content alone. */
  onBody(bytes: Uint8Array): void;
  /** The trailer fields of a chunked body, if there were any. */
  onTrailers?(headers: RawHeaders): void;
  /** The message is complete. Called for bodiless messages too, right after `onHead`; never after a framing error or in a tunnel. */
  onMessageEnd(): void;
  /** The bytes are not HTTP/1.1 or ended too early. Called at most once; the framer ignores everything after it. */
  onError(error: FramingError): void;
}

export interface FramerOptions {
  /** What `onBody` gets. Default `wire`. */
  readonly body?: 'wire' | 'payload';
  /** Longest request or status line in octets. Default 16384 (ALB: a request line over 16 K is a 400). */
  readonly maxLineOctets?: number;
  /** Longest single header line in octets. Default 16384 (ALB). */
  readonly maxHeaderOctets?: number;
  /** Longest head in octets. Default 65536 for requests (ALB), 32768 for responses (ALB answers 502 beyond). */
  readonly maxHeadOctets?: number;
}

/** Turns bytes into messages. Pure: same bytes, however they are cut into chunks, same calls (but for the cuts between `onBody` pieces). */
export interface Framer {
  /**
   * Takes the next bytes. Returns how many it consumed: all of them, unless {@link pause} was called by a handler (the rest is
   * the caller's to push again after {@link resume}) or the framer is in a tunnel (the rest is opaque) or failed.
   */
  push(chunk: Uint8Array): number;
  /** The sender has finished (FIN). Completes an `until-close` body; in the middle of a message it is an error; between messages it is nothing. */
  end(): void;
  /** Stop after the message that just ended; call it in `onMessageEnd`. */
  pause(): void;
  resume(): void;
  /** `idle` between messages; then the part of the message that is awaited. */
  readonly state: 'idle' | 'head' | 'body' | 'tunnel' | 'failed';
}

/** A response's framing depends on its request: say each request's method, in order, before its response can arrive. */
export interface ResponseFramer extends Framer {
  expect(method: string): void;
}
