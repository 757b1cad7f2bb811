import type { BodyReader } from './answer-check.ts';
import type { RequestKind } from './request-kind.ts';
import type { PlannedRequest } from './schedule.ts';
import type { Attempt, ClientRecord, LongLivedFacts, Outcome, Protocol } from './client-record.ts';

/** One request and what has come back so far. It ends exactly once; a second answer can still revise how. */
export class Exchange {
  readonly id: string;
  readonly kind: RequestKind;
  readonly planned: PlannedRequest;
  readonly nodeName: string;
  readonly intendedAt: number;
  /** From 1. */
  readonly attempt: number;
  /** The one that this one repeats. */
  readonly previous: Exchange | undefined;
  /** Of the request, the same in each attempt; undefined for one without. */
  readonly idempotencyKey: string | undefined;
  sentAt = 0;
  connection: 'fresh' | 'reused' = 'fresh';
  firstByteAt: number | undefined;
  /** Octets of the final answer, its head included; interim responses do not count. */
  octets = 0;
  status: number | undefined;
  answeredBy: 'balancer' | 'app' | undefined;
  body: BodyReader | undefined;
  endedAt: number | undefined;
  outcome: Outcome | undefined;
  detail: string | undefined;
  protocol: Protocol | undefined;
  longLived: LongLivedFacts | undefined;
  grpcStatus: number | undefined;
  /** What the answer said in `Retry-After`. */
  retryAfterMs: number | undefined;
  /** It was not the last attempt: it is a part of the next one's record. */
  isRepeated = false;
  /** Takes the request off the wire when its time is up. */
  expire: (() => void) | undefined;

  constructor(
    options: Pick<Exchange, 'id' | 'kind' | 'planned' | 'nodeName' | 'intendedAt'> & Partial<Pick<Exchange, 'previous' | 'idempotencyKey'>>,
  ) {
    this.id = options.id;
    this.previous = options.previous;
    this.attempt = (options.previous?.attempt ?? 0) + 1;
    this.idempotencyKey = options.idempotencyKey;
    this.kind = options.kind;
    this.planned = options.planned;
    this.nodeName = options.nodeName;
    this.intendedAt = options.intendedAt;
  }
}

/** An exchange that has ended, as a line of the record. */
export function toClientRecord(exchange: Exchange, outcome: Outcome, endedAt: number): ClientRecord {
  const { first, attempts } = attemptsOf(exchange);
  const record: ClientRecord = {
    id: first.id,
    name: exchange.kind.spec.name,
    method: exchange.kind.spec.method,
    path: exchange.planned.path,
    intendedAt: first.intendedAt,
    sentAt: first.sentAt,
    firstByteAt: exchange.firstByteAt,
    endedAt,
    outcome,
    status: exchange.status,
    answeredBy: exchange.answeredBy,
    connection: exchange.connection,
    node: exchange.nodeName,
    detail: exchange.detail,
    ...(attempts.length > 1 ? { attempts } : {}),
  };
  const { protocol, longLived, grpcStatus } = exchange;
  if (protocol === undefined) return record;
  return { ...record, protocol, ...(longLived === undefined ? {} : { longLived }), ...(grpcStatus === undefined ? {} : { grpcStatus }) };
}

function attemptsOf(last: Exchange): { readonly first: Exchange; readonly attempts: readonly Attempt[] } {
  const attempts: Attempt[] = [];
  let first = last;
  for (let exchange: Exchange | undefined = last; exchange !== undefined; exchange = exchange.previous) {
    first = exchange;
    const { id, nodeName, sentAt, endedAt, outcome, status, detail } = exchange;
    if (outcome !== undefined && endedAt !== undefined) attempts.push({ id, node: nodeName, sentAt, endedAt, outcome, status, detail });
  }
  return { first, attempts: attempts.toReversed() };
}
