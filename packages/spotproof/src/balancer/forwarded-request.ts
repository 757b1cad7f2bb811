import type { RequestHead } from '@spotproof/core/http1';
import type { GeneratedStatus } from './generated-response.ts';
import type { TraceIds } from './trace-id.ts';

/** The client connection, as far as the headers tell of it. */
export interface ForwardedFor {
  readonly address: string;
  /** When the head came. */
  readonly lastActivityAt: number;
}

/** The node, as far as the headers tell of it. */
export interface ForwardedBy {
  readonly host: string;
  readonly port: number;
  readonly forwardedLines: string;
  readonly traceIds: TraceIds;
}

/** A request head as it goes to the target, and what the records want to know of it. */
export interface ForwardedRequest {
  readonly wire: string;
  /** `x-spotproof-request`. */
  readonly id: string | undefined;
  readonly host: string;
  readonly userAgent: string | undefined;
  readonly traceId: string;
}

/**
 * Rewrites a request head for the target: what concerns one connection only is dropped, `X-Forwarded-*` and `X-Amzn-Trace-Id` are added
 * ("HTTP headers and Application Load Balancers"; X-Forwarded-For in its default mode, append). A number is the status to refuse it with.
 */
export function forwardRequest(head: RequestHead, client: ForwardedFor, node: ForwardedBy): ForwardedRequest | GeneratedStatus {
  const { headers } = head;
  let kept = '';
  let id: string | undefined;
  let hosts = 0;
  let host = '';
  let userAgent: string | undefined;
  let forwardedFor: string | undefined;
  let receivedTrace: string | undefined;
  const named = namedByConnection(headers);
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    switch (MEANINGFUL_LENGTHS[name.length] === true ? name.toLowerCase() : '') {
      case 'connection':
      case 'keep-alive':
      case 'proxy-connection':
      case 'proxy-authenticate':
      case 'proxy-authorization':
      case 'te':
      case 'upgrade':
      case 'x-forwarded-proto':
      case 'x-forwarded-port':
        continue;
      case 'x-forwarded-for':
        forwardedFor = forwardedFor === undefined ? value : `${forwardedFor}, ${value}`;
        continue;
      case 'x-amzn-trace-id':
        receivedTrace = value;
        continue;
      case 'host':
        hosts++;
        host = value;
        continue;
      case 'user-agent':
        userAgent = value;
        break;
      case 'x-spotproof-request':
        id = value;
        break;
      default:
    }
    if (named !== undefined && named.has(name.toLowerCase())) continue;
    kept += `${name}: ${value}\r\n`;
  }
  if (hosts > 1 || (hosts === 0 && head.version === '1.1')) return 400;
  if (forwardedFor !== undefined && forwardedFor.split(',').length > MAX_FORWARDED_ADDRESSES) return 463;
  if (hosts === 0) host = `${node.host}:${node.port}`;
  let { target } = head;
  if (!target.startsWith('/') && target !== '*') {
    const absolute = /^https?:\/\/([^/?#]*)([^#]*)/iu.exec(target);
    if (absolute === null) return 400;
    host = absolute[1] ?? '';
    target = absolute[2] === '' ? '/' : (absolute[2] ?? '/');
    if (target.startsWith('?')) target = `/${target}`;
  }
  const traceId = node.traceIds.next(receivedTrace, client.lastActivityAt);
  const chain = forwardedFor === undefined ? client.address : `${forwardedFor}, ${client.address}`;
  const upgrade = head.upgrade === undefined ? '' : `Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n`;
  const wire =
    `${head.method} ${target} HTTP/1.1\r\nX-Forwarded-For: ${chain}\r\n${node.forwardedLines}` +
    `Host: ${host}\r\nX-Amzn-Trace-Id: ${traceId}\r\n${upgrade}${kept}\r\n`;
  return { wire, id, host, userAgent, traceId };
}

/** Headers that `Connection` names concern this connection only; nearly always there are none but the well-known ones. */
export function namedByConnection(headers: readonly string[]): ReadonlySet<string> | undefined {
  let named: Set<string> | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    for (const token of (headers[index + 1] ?? '').toLowerCase().split(',')) {
      const option = token.trim();
      if (option === '' || NEVER_NAMED.has(option)) continue;
      named ??= new Set();
      named.add(option);
    }
  }
  return named;
}

/** Connection options that are not header names, and headers whose loss would change the message itself. */
const NEVER_NAMED: ReadonlySet<string> = new Set(['close', 'keep-alive', 'upgrade', 'host', 'content-length', 'transfer-encoding']);

/** Lengths of the names that the switch knows: most headers need not be lowered to be passed over. */
const MEANINGFUL_LENGTHS: readonly (boolean | undefined)[] = Array.from({ length: 20 }, (_, length) =>
  [2, 4, 7, 10, 15, 16, 17, 18, 19].includes(length),
);

/** "HTTP 463: the load balancer received an X-Forwarded-For request header with too many IP addresses"; the upper limit is 30. */
const MAX_FORWARDED_ADDRESSES = 30;
