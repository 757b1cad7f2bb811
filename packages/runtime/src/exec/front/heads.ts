import type { RequestHead, ResponseHead } from '@spotproof/core/http1';

/** A response head for the client: as the program sent it, or with `Connection: close` when this connection is to carry no further request. */
export function responseHead(head: ResponseHead, mustClose: boolean): Buffer {
  // The framer lends the octets for the length of the call only.
  if (!mustClose || head.framing === 'tunnel') return Buffer.from(head.wire);
  let text = `HTTP/${head.version} ${head.status} ${head.reason}\r\n`;
  for (let index = 0; index < head.headers.length; index += 2) {
    const name = head.headers[index] ?? '';
    if (!ABOUT_THE_CONNECTION.has(name.toLowerCase())) text += `${name}: ${head.headers[index + 1] ?? ''}\r\n`;
  }
  return Buffer.from(`${text}Connection: close\r\n\r\n`, 'latin1');
}

/** A whole response of our own. Always the last of its connection. */
export function ownResponse(status: keyof typeof REASONS, isHead = false): Buffer {
  const body = BODIES[status];
  return Buffer.from(
    `HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n` +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${isHead ? '' : body}`,
  );
}

/** The nearest status that we have an answer for. */
export function statusOfFramingError(status: number): keyof typeof REASONS {
  return status in REASONS ? (status as keyof typeof REASONS) : 400; // oxlint-disable-line typescript/no-unsafe-type-assertion -- looked up in the very next table
}

export function isBalancerHealthCheck({ headers }: RequestHead): boolean {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.length === 10 && headers[index]?.toLowerCase() === 'user-agent')
      return headers[index + 1]?.startsWith('ELB-HealthChecker/') === true;
  }
  return false;
}

/** Method and path. The query is left out, since it is where secrets travel. */
export function nameOf({ method, target }: RequestHead): string {
  return `${method} ${(target.split('?')[0] ?? '').slice(0, 200)}`;
}

const ABOUT_THE_CONNECTION: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection']);

const REASONS = {
  400: 'Bad Request',
  408: 'Request Timeout',
  414: 'URI Too Long',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
} as const;

const BODIES: Readonly<Record<keyof typeof REASONS, string>> = {
  400: '{"error":"not a valid HTTP/1.1 request"}\n',
  408: '{"error":"the request did not come in time"}\n',
  414: '{"error":"the request target is too long"}\n',
  431: '{"error":"the request headers are too large"}\n',
  501: '{"error":"not implemented"}\n',
  502: '{"error":"the program behind spotproof-exec did not answer"}\n',
  503: '{"status":"draining"}\n',
  505: '{"error":"HTTP/1.1 only"}\n',
};
