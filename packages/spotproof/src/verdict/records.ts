import { ENDINGS, OUTCOMES, PROTOCOLS, type ClientRecord, type LongLivedFacts } from '../load/client-record.ts';
import { BALANCER_CAUSES, type BalancerRecord } from '../balancer/balancer-record.ts';

/** What could be read of a file of records. */
export interface ParsedRecords<Record> {
  readonly records: readonly Record[];
  /** Lines that are no record: torn when a process died in the middle of a write, or foreign. The requests behind them are missing. */
  readonly unreadableLines: number;
}

/** Reads the text of `client.ndjson`. */
export function parseClientRecords(text: string): ParsedRecords<ClientRecord> {
  return parseLines(text, clientRecord);
}

/** Reads the text of `balancer.ndjson`. */
export function parseBalancerRecords(text: string): ParsedRecords<BalancerRecord> {
  return parseLines(text, balancerRecord);
}

function parseLines<Record>(text: string, read: (fields: Fields) => Record | undefined): ParsedRecords<Record> {
  const records: Record[] = [];
  let unreadableLines = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const fields = parseObject(line);
    const record = fields === undefined ? undefined : read(fields);
    if (record === undefined) unreadableLines += 1;
    else records.push(record);
  }
  return { records, unreadableLines };
}

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function clientRecord(fields: Fields): ClientRecord | undefined {
  const id = text(fields, 'id');
  const outcome = OUTCOMES.find((known) => known === fields['outcome']);
  const intendedAt = number(fields, 'intendedAt');
  const sentAt = number(fields, 'sentAt');
  const endedAt = number(fields, 'endedAt');
  if (id === undefined || outcome === undefined || intendedAt === undefined || sentAt === undefined || endedAt === undefined) return undefined;
  const answeredBy = fields['answeredBy'];
  const method = text(fields, 'method') ?? '';
  const path = text(fields, 'path') ?? '';
  return {
    id,
    name: text(fields, 'name') ?? `${method} ${path}`,
    method,
    path,
    intendedAt,
    sentAt,
    firstByteAt: number(fields, 'firstByteAt'),
    endedAt,
    outcome,
    status: number(fields, 'status'),
    answeredBy: answeredBy === 'app' || answeredBy === 'balancer' ? answeredBy : undefined,
    connection: fields['connection'] === 'reused' ? 'reused' : 'fresh',
    node: text(fields, 'node') ?? '',
    detail: text(fields, 'detail'),
    ...protocolFacts(fields),
  };
}

function protocolFacts(fields: Fields): Pick<ClientRecord, 'protocol' | 'longLived' | 'grpcStatus'> {
  const protocol = PROTOCOLS.find((known) => known === fields['protocol']);
  if (protocol === undefined) return {};
  const facts = fields['longLived'];
  const longLived = isObject(facts) ? longLivedFacts(facts) : undefined;
  const grpcStatus = number(fields, 'grpcStatus');
  return { protocol, ...(longLived === undefined ? {} : { longLived }), ...(grpcStatus === undefined ? {} : { grpcStatus }) };
}

function longLivedFacts(fields: Fields): LongLivedFacts | undefined {
  const ending = ENDINGS.find((known) => known === fields['ending']);
  if (ending === undefined) return undefined;
  return {
    ending,
    closeCode: number(fields, 'closeCode'),
    closeReason: text(fields, 'closeReason'),
    retryMs: number(fields, 'retryMs'),
    sent: number(fields, 'sent') ?? 0,
    received: number(fields, 'received') ?? 0,
    carriedOver: number(fields, 'carriedOver') ?? 0,
    attempt: number(fields, 'attempt') ?? 1,
  };
}

function balancerRecord(fields: Fields): BalancerRecord | undefined {
  const node = text(fields, 'node');
  const receivedAt = number(fields, 'receivedAt');
  const endedAt = number(fields, 'endedAt');
  if (node === undefined || receivedAt === undefined || endedAt === undefined) return undefined;
  const connection = fields['connection'];
  return {
    id: text(fields, 'id'),
    node,
    target: text(fields, 'target'),
    connection: connection === 'fresh' || connection === 'reused' ? connection : undefined,
    targetState: text(fields, 'targetState'),
    receivedAt,
    sentAt: number(fields, 'sentAt'),
    firstByteAt: number(fields, 'firstByteAt'),
    endedAt,
    status: number(fields, 'status'),
    targetStatus: number(fields, 'targetStatus'),
    cause: BALANCER_CAUSES.find((known) => known === fields['cause']),
    idleMs: number(fields, 'idleMs'),
  };
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

function number(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

type Fields = Readonly<Record<string, unknown>>;
