import { responseFraming } from './framing.ts';
import { framingError } from './framing-error.ts';
import { limitsOf } from './limits.ts';
import { MessageFields } from './message-fields.ts';
import { MessageFramer, type Dialect, type HeadReading, type HeadSection } from './message-framer.ts';
import { StatusLineScanner } from './status-line.ts';
import type { FramerHandler, FramerOptions, FramingError, ResponseFramer, ResponseHead } from './types.ts';

/**
 * A framer for what a server sends. Say each request's method with `expect` before its response can arrive; a response that nobody
 * expects is an error. Throws SPOTPROOF_CONFIG_INVALID for a limit outside 16 octets to 16 MiB.
 */
export function createResponseFramer(handler: FramerHandler<ResponseHead>, options: FramerOptions = {}): ResponseFramer {
  return new ResponseMessageFramer(new ResponseDialect(), handler, options);
}

class ResponseMessageFramer extends MessageFramer<ResponseHead> implements ResponseFramer {
  readonly #expected: string[];

  constructor(dialect: ResponseDialect, handler: FramerHandler<ResponseHead>, options: FramerOptions) {
    super(dialect, handler, { body: options.body, limits: limitsOf(options, DEFAULT_HEAD_OCTETS) });
    this.#expected = dialect.expected;
  }

  expect(method: string): void {
    this.#expected.push(method);
  }
}

class ResponseDialect implements Dialect<ResponseHead> {
  readonly startLine = new StatusLineScanner();
  /** Methods of the requests whose final responses have not begun, oldest first. As long as the caller's pipeline. */
  readonly expected: string[] = [];

  refusal(): FramingError | undefined {
    if (this.expected.length > 0) return undefined;
    return framingError('unexpected-message', 'expected nothing, as no request is waiting for a response');
  }

  /** Whatever is wrong with a response, the client of a gateway sees 502. */
  toError(error: FramingError): FramingError {
    return { ...error, status: 502 };
  }

  readHead({ text, headers, wire }: HeadSection): HeadReading<ResponseHead> | FramingError {
    const { version, status, reason } = this.startLine.parts(text);
    const body = responseFraming(version, new MessageFields(headers), { requestMethod: this.expected[0], status });
    if ('code' in body) return body;

    const isFinal = status >= 200 || status === 101;
    if (isFinal) this.expected.shift();
    const head: ResponseHead = {
      kind: 'response',
      status,
      reason,
      version,
      headers,
      framing: body.framing,
      contentLength: body.contentLength,
      keepAlive: body.keepAlive,
      wire,
    };
    return { head, isFinal };
  }
}

/** An Application Load Balancer answers 502 to response headers beyond 32 K. */
const DEFAULT_HEAD_OCTETS = 32_768;
