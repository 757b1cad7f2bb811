import type { BodyReader } from './answer-check.ts';
import type { RequestKind } from './request-kind.ts';
import type { PlannedRequest } from './schedule.ts';
import type { ClientRecord, LongLivedFacts, Outcome, Protocol } from './client-record.ts';

/** One request and what has come back so far. It ends exactly once; a second answer can still revise how. */
export class Exchange {
  readonly id: string;
  readonly kind: RequestKind;
  readonly planned: PlannedRequest;
  readonly nodeName: string;
  readonly intendedAt: number;
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
  /** Takes the request off the wire when its time is up. */
  expire: (() => void) | undefined;

  constructor(options: Pick<Exchange, 'id' | 'kind' | 'planned' | 'nodeName' | 'intendedAt'>) {
    this.id = options.id;
    this.kind = options.kind;
    this.planned = options.planned;
    this.nodeName = options.nodeName;
    this.intendedAt = options.intendedAt;
  }
}

/** An exchange that has ended, as a line of the record. */
export function toClientRecord(exchange: Exchange, outcome: Outcome, endedAt: number): ClientRecord {
  const record: ClientRecord = {
    id: exchange.id,
    name: exchange.kind.spec.name,
    method: exchange.kind.spec.method,
    path: exchange.planned.path,
    intendedAt: exchange.intendedAt,
    sentAt: exchange.sentAt,
    firstByteAt: exchange.firstByteAt,
    endedAt,
    outcome,
    status: exchange.status,
    answeredBy: exchange.answeredBy,
    connection: exchange.connection,
    node: exchange.nodeName,
    detail: exchange.detail,
  };
  const { protocol, longLived, grpcStatus } = exchange;
  if (protocol === undefined) return record;
  return { ...record, protocol, ...(longLived === undefined ? {} : { longLived }), ...(grpcStatus === undefined ? {} : { grpcStatus }) };
}
