import type { NodeAddress } from '../balancer/protocol.ts';
import { AnswerCheck } from './answer-check.ts';
import type { RequestSpec } from './request-spec.ts';
import type { PlannedRequest } from './schedule.ts';

/** A kind of request, made ready for being sent thousands of times: what does not change from one to the next is put together once. */
export class RequestKind {
  readonly spec: RequestSpec;
  readonly check: AnswerCheck;
  readonly #beforeId: readonly string[];
  readonly #afterId: string;

  constructor(spec: RequestSpec, nodes: readonly NodeAddress[]) {
    this.spec = spec;
    this.check = new AnswerCheck(spec.expect);
    this.#beforeId = nodes.map((node) => ` HTTP/1.1\r\n${fieldLines(spec, node)}x-spotproof-request: `);
    this.#afterId = spec.body === undefined && METHODS_WITH_CONTENT.has(spec.method) ? '\r\nContent-Length: 0\r\n\r\n' : '\r\n\r\n';
  }

  /** The head as it goes on the wire, one latin1 character an octet. */
  head(planned: PlannedRequest, id: string, idempotencyKey?: string): string {
    const key = idempotencyKey === undefined ? '' : `\r\nIdempotency-Key: ${idempotencyKey}`;
    const start = `${this.spec.method} ${planned.path}${this.#beforeId[planned.nodeIndex] ?? ''}${id}${key}`;
    if (planned.body === undefined) return start + this.#afterId;
    if (planned.body.chunked) return `${start}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    return `${start}\r\nContent-Length: ${planned.body.pieces[0]?.length ?? 0}\r\n\r\n`;
  }
}

function fieldLines(spec: RequestSpec, node: NodeAddress): string {
  const given = new Set(Object.keys(spec.headers).map((name) => name.toLowerCase()));
  const host = node.host.includes(':') ? `[${node.host}]` : node.host;
  let lines = given.has('host') ? '' : `Host: ${host}:${node.port}\r\n`;
  if (!given.has('user-agent')) lines += 'User-Agent: spotproof-lab\r\n';
  for (const [name, value] of Object.entries(spec.headers)) lines += `${name}: ${value}\r\n`;
  return lines;
}

/** RFC 9110, section 8.6: these say `Content-Length: 0` when they have no content; others say nothing. */
const METHODS_WITH_CONTENT: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
