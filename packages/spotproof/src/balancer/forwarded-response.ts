import type { ResponseHead } from '@spotproof/core/http1';
import { namedByConnection } from './forwarded-request.ts';

export interface ResponseForwarding {
  /** The client connection ends after this response. */
  readonly close: boolean;
  /** The body is passed on without its chunk framing, to an HTTP/1.0 client. */
  readonly unchunked: boolean;
}

/** Rewrites a response head for the client: the target's hop-by-hop headers are dropped, the client connection's own are put in. */
export function forwardResponse(head: ResponseHead, forwarding: ResponseForwarding): string {
  const { headers } = head;
  const named = namedByConnection(headers);
  let wire = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    switch (name.length) {
      case 7:
      case 10:
      case 16:
      case 17:
      case 18:
        if (isHopByHop(name.toLowerCase(), forwarding.unchunked)) continue;
        break;
      default:
    }
    if (named !== undefined && named.has(name.toLowerCase())) continue;
    wire += `${name}: ${headers[index + 1] ?? ''}\r\n`;
  }
  if (head.framing === 'tunnel') return `${wire}Connection: Upgrade\r\nUpgrade: ${upgradeOf(headers)}\r\n\r\n`;
  return forwarding.close ? `${wire}Connection: close\r\n\r\n` : `${wire}Connection: keep-alive\r\n\r\n`;
}

/** An interim response (100, 102, 103), passed on as it is. */
export function forwardInterim(head: ResponseHead): string {
  let wire = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
  for (let index = 0; index < head.headers.length; index += 2) wire += `${head.headers[index]}: ${head.headers[index + 1]}\r\n`;
  return `${wire}\r\n`;
}

function isHopByHop(name: string, unchunked: boolean): boolean {
  switch (name) {
    case 'upgrade':
    case 'connection':
    case 'keep-alive':
    case 'proxy-connection':
    case 'proxy-authenticate':
      return true;
    case 'transfer-encoding':
      return unchunked;
    default:
      return false;
  }
}

function upgradeOf(headers: readonly string[]): string {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() === 'upgrade') return headers[index + 1] ?? '';
  }
  return '';
}
