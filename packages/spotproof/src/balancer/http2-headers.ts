import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';

/** Headers of a request on their way to a target over HTTP/2, and what the records want to know of it. */
export interface Http2Request {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  /** `x-spotproof-request`. */
  readonly id: string | undefined;
  readonly userAgent: string | undefined;
  readonly isGrpc: boolean;
}

export function readRequest(headers: IncomingHttpHeaders): Http2Request {
  return {
    method: headers[':method'] ?? 'GET',
    path: headers[':path'] ?? '/',
    host: headers[':authority'] ?? headers.host ?? '',
    id: text(headers['x-spotproof-request']),
    userAgent: headers['user-agent'],
    isGrpc: headers['content-type']?.startsWith('application/grpc') === true,
  };
}

export interface Forwarding {
  readonly clientAddress: string;
  readonly proto: 'http' | 'https';
  readonly port: number;
  readonly traceId: string;
}

/** The request as it goes to a target: `X-Forwarded-*` and `X-Amzn-Trace-Id` are added. What concerns one connection only does not exist in HTTP/2, but for `te`. */
export function forwardedHeaders(headers: IncomingHttpHeaders, { clientAddress, proto, port, traceId }: Forwarding): OutgoingHttpHeaders {
  const chain = text(headers['x-forwarded-for']);
  return {
    ...headers,
    ':scheme': 'http',
    'x-forwarded-for': chain === undefined ? clientAddress : `${chain}, ${clientAddress}`,
    'x-forwarded-proto': proto,
    'x-forwarded-port': String(port),
    'x-amzn-trace-id': traceId,
  };
}

/** Names and values as HTTP/1.1 has them, for a target that speaks it. */
export function rawHeadersOf(headers: IncomingHttpHeaders): string[] {
  const raw: string[] = [];
  const host = headers[':authority'];
  if (host !== undefined) raw.push('Host', host);
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || value === undefined || (name === 'host' && host !== undefined)) continue;
    for (const one of Array.isArray(value) ? value : [value]) raw.push(name, one);
  }
  return raw;
}

/** Headers of an HTTP/1.1 response as HTTP/2 allows them: lower case, nothing that concerns a connection. */
export function http2HeadersOf(status: number, raw: readonly string[]): OutgoingHttpHeaders {
  const headers: Record<string, number | string | string[]> = { ':status': status };
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    if (CONNECTION_HEADERS.has(name)) continue;
    const before = headers[name];
    if (before === undefined) headers[name] = value;
    else if (name === 'set-cookie') headers[name] = [...(Array.isArray(before) ? before : [String(before)]), value];
    else headers[name] = `${String(before)}, ${value}`;
  }
  return headers;
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

/** RFC 9113, 8.2.2. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
