import { requestFraming } from './framing.ts';
import { hasToken } from './header-lookup.ts';
import { limitsOf } from './limits.ts';
import { MessageFields } from './message-fields.ts';
import { MessageFramer, type Dialect, type HeadReading, type HeadSection } from './message-framer.ts';
import { RequestLineScanner } from './request-line.ts';
import { framingError } from './framing-error.ts';
import type { Framer, FramerHandler, FramerOptions, FramingError, RequestHead } from './types.ts';

/**
 * A framer for what a client sends. After a CONNECT or an Upgrade the following octets may not be HTTP: call `pause()` in `onMessageEnd`
 * until the answer is known. Throws SPOTPROOF_CONFIG_INVALID for a limit outside 16 octets to 16 MiB.
 */
export function createRequestFramer(handler: FramerHandler<RequestHead>, options: FramerOptions = {}): Framer {
  return new MessageFramer(new RequestDialect(), handler, { body: options.body, limits: limitsOf(options, DEFAULT_HEAD_OCTETS) });
}

class RequestDialect implements Dialect<RequestHead> {
  readonly startLine = new RequestLineScanner();

  refusal(): undefined {
    return undefined;
  }

  toError(error: FramingError): FramingError {
    return error;
  }

  readHead({ text, headers, wire }: HeadSection): HeadReading<RequestHead> | FramingError {
    const { method, target, version } = this.startLine.parts(text);
    if (!isTarget(target, method)) {
      return framingError('bad-start-line', `expected a request target that is a path, a URL or *, got ${JSON.stringify(target.slice(0, 80))}`);
    }
    const fields = new MessageFields(headers);
    const body = requestFraming(version, fields);
    if ('code' in body) return body;

    // HTTP/1.0 knows neither: a server must ignore both there (RFC 9110, sections 7.8 and 10.1.1).
    const isCurrent = version === '1.1';
    const head: RequestHead = {
      kind: 'request',
      method,
      target,
      version,
      headers,
      framing: body.framing,
      contentLength: body.contentLength,
      keepAlive: body.keepAlive,
      wire,
      upgrade: isCurrent && hasToken(fields.connection, 'upgrade') ? fields.upgrade : undefined,
      expectContinue: isCurrent && hasToken(fields.expect, '100-continue'),
    };
    return { head, isFinal: true };
  }
}

/** The four forms of RFC 9112 section 3.2, by how they begin. */
function isTarget(target: string, method: string): boolean {
  if (method === 'CONNECT') return !target.startsWith('/');
  return target.startsWith('/') || target === '*' || ABSOLUTE_FORM.test(target);
}

const ABSOLUTE_FORM = /^[a-z][a-z0-9+.-]*:\/\//i;
/** An Application Load Balancer takes 64 K of request headers. */
const DEFAULT_HEAD_OCTETS = 65_536;
