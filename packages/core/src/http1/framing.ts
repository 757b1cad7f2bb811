import { framingError } from './framing-error.ts';
import { hasToken, listElements } from './header-lookup.ts';
import type { MessageFields } from './message-fields.ts';
import type { Framing, FramingError } from './types.ts';

/** How the body of a message is delimited, by RFC 9112 section 6.3, or why that cannot be said. */
export interface BodyFraming {
  readonly framing: Framing;
  readonly contentLength: number | undefined;
  readonly keepAlive: boolean;
}

type Version = '1.0' | '1.1';

export function requestFraming(version: Version, fields: MessageFields): BodyFraming | FramingError {
  const length = readContentLength(fields);
  if (typeof length === 'object') return length;

  const keepAlive = saysKeepAlive(version, fields);
  const { transferEncoding } = fields;
  if (transferEncoding === undefined) return { framing: length === undefined ? 'none' : 'length', contentLength: length, keepAlive };
  if (transferEncoding.toLowerCase() !== 'chunked') return unusableRequestCoding(transferEncoding);
  if (version === '1.0') {
    // A 1.0 recipient behind us may not know the header and would take the body for a request (RFC 9112, section 6.1).
    return framingError('bad-transfer-encoding', 'expected no Transfer-Encoding in an HTTP/1.0 request');
  }
  return { framing: 'chunked', contentLength: undefined, keepAlive };
}

export function responseFraming(version: Version, fields: MessageFields, exchange: Exchange): BodyFraming | FramingError {
  const length = readContentLength(fields);
  if (typeof length === 'object') return length;
  const { transferEncoding } = fields;
  const isChunked = transferEncoding === undefined ? false : endsChunked(transferEncoding);
  if (typeof isChunked === 'object') return isChunked;

  const { status, requestMethod } = exchange;
  const isTunnel = status === 101 || (requestMethod === 'CONNECT' && status >= 200 && status < 300);
  if (isTunnel) return { framing: 'tunnel', contentLength: undefined, keepAlive: false };

  const keepAlive = saysKeepAlive(version, fields);
  const isBodiless = requestMethod === 'HEAD' || status < 200 || status === 204 || status === 304;
  if (isBodiless) return { framing: 'none', contentLength: undefined, keepAlive };
  // A 1.0 sender that chunks is at odds with itself: read it, then part (RFC 9112, section 6.1).
  if (isChunked) return { framing: 'chunked', contentLength: undefined, keepAlive: keepAlive && version === '1.1' };
  if (length !== undefined) return { framing: 'length', contentLength: length, keepAlive };
  return { framing: 'until-close', contentLength: undefined, keepAlive: false };
}

export interface Exchange {
  readonly requestMethod: string | undefined;
  readonly status: number;
}

/** The Content-Length, undefined without one. It may stand once, as digits, and not beside Transfer-Encoding: else two recipients may disagree on where the message ends. */
function readContentLength({ contentLength, contentLengthLines, transferEncoding }: MessageFields): number | undefined | FramingError {
  if (contentLength === undefined) return undefined;
  if (contentLengthLines > 1) return framingError('conflicting-length', `expected one Content-Length, got ${contentLengthLines}`);
  if (!DIGITS.test(contentLength)) return framingError('bad-content-length', `expected a Content-Length of digits, got "${contentLength}"`);
  const octets = Number(contentLength);
  if (!Number.isSafeInteger(octets)) return framingError('bad-content-length', `expected a Content-Length below 2^53, got ${contentLength}`);
  if (transferEncoding !== undefined) return framingError('conflicting-length', 'expected Content-Length or Transfer-Encoding, got both');
  return octets;
}

/** 501 for a coding that nobody here undoes, as an Application Load Balancer answers; 400 for one that leaves the end of the body unknown. */
function unusableRequestCoding(transferEncoding: string): FramingError {
  const isUnknown = listElements(transferEncoding.toLowerCase()).some((coding) => coding !== 'chunked' && coding !== 'identity' && coding !== '');
  return framingError('bad-transfer-encoding', `expected the Transfer-Encoding "chunked", got "${transferEncoding}"`, isUnknown ? 501 : 400);
}

/** Whether the last coding of a response is `chunked`; if another is, the body lasts until the connection ends. */
function endsChunked(transferEncoding: string): boolean | FramingError {
  const codings = listElements(transferEncoding.toLowerCase());
  const chunked = codings.filter((coding) => CHUNKED_IN_ANY_FORM.test(coding));
  const isAmbiguous = codings.includes('') || chunked.length > 1 || chunked.some((coding) => coding !== 'chunked');
  if (isAmbiguous) return framingError('bad-transfer-encoding', `expected codings with at most one plain "chunked", got "${transferEncoding}"`);
  return codings.at(-1) === 'chunked';
}

const saysKeepAlive = (version: Version, { connection }: MessageFields): boolean =>
  connection === undefined ? version === '1.1' : !hasToken(connection, 'close') && (version === '1.1' || hasToken(connection, 'keep-alive'));

const DIGITS = /^[0-9]+$/;
const CHUNKED_IN_ANY_FORM = /^chunked(?![^; \t])/;
