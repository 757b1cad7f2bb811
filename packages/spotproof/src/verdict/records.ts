import { ENDINGS, OUTCOMES, PROTOCOLS, type Attempt, type ClientRecord, type LongLivedFacts } from '../load/client-record.ts';
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

/** @param read Undefined for what is no record. */
export function parseLines<Record>(text: string, read: (fields: Fields) => Record | undefined): ParsedRecords<Record> {
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
  const id = textOf(fields, 'id');
  const outcome = OUTCOMES.find((known) => known === fields['outcome']);
  const intendedAt = numberOf(fields, 'intendedAt');
  const sentAt = numberOf(fields, 'sentAt');
  const endedAt = numberOf(fields, 'endedAt');
  if (id === undefined || outcome === undefined || intendedAt === undefined || sentAt === undefined || endedAt === undefined) return undefined;
  const answeredBy = fields['answeredBy'];
  const method = textOf(fields, 'method') ?? '';
  const path = textOf(fields, 'path') ?? '';
  return {
    id,
    name: textOf(fields, 'name') ?? `${method} ${path}`,
    method,
    path,
    intendedAt,
    sentAt,
    firstByteAt: numberOf(fields, 'firstByteAt'),
    endedAt,
    outcome,
    status: numberOf(fields, 'status'),
    answeredBy: answeredBy === 'app' || answeredBy === 'balancer' ? answeredBy : undefined,
    connection: fields['connection'] === 'reused' ? 'reused' : 'fresh',
    node: textOf(fields, 'node') ?? '',
    detail: textOf(fields, 'detail'),
    ...protocolFacts(fields),
    ...attempts(fields),
  };
}

function attempts(fields: Fields): Pick<ClientRecord, 'attempts'> {
  const list: unknown = fields['attempts'];
  if (!Array.isArray(list)) return {};
  return { attempts: list.flatMap((entry: unknown) => (isObject(entry) ? attempt(entry) : [])) };
}

function attempt(fields: Fields): readonly Attempt[] {
  const id = textOf(fields, 'id');
  const outcome = OUTCOMES.find((known) => known === fields['outcome']);
  const sentAt = numberOf(fields, 'sentAt');
  const endedAt = numberOf(fields, 'endedAt');
  if (id === undefined || outcome === undefined || sentAt === undefined || endedAt === undefined) return [];
  return [{ id, node: textOf(fields, 'node') ?? '', sentAt, endedAt, outcome, status: numberOf(fields, 'status'), detail: textOf(fields, 'detail') }];
}

function protocolFacts(fields: Fields): Pick<ClientRecord, 'protocol' | 'longLived' | 'grpcStatus'> {
  const protocol = PROTOCOLS.find((known) => known === fields['protocol']);
  if (protocol === undefined) return {};
  const facts = fields['longLived'];
  const longLived = isObject(facts) ? longLivedFacts(facts) : undefined;
  const grpcStatus = numberOf(fields, 'grpcStatus');
  return { protocol, ...(longLived === undefined ? {} : { longLived }), ...(grpcStatus === undefined ? {} : { grpcStatus }) };
}

function longLivedFacts(fields: Fields): LongLivedFacts | undefined {
  const ending = ENDINGS.find((known) => known === fields['ending']);
  if (ending === undefined) return undefined;
  return {
    ending,
    closeCode: numberOf(fields, 'closeCode'),
    closeReason: textOf(fields, 'closeReason'),
    retryMs: numberOf(fields, 'retryMs'),
    sent: numberOf(fields, 'sent') ?? 0,
    received: numberOf(fields, 'received') ?? 0,
    carriedOver: numberOf(fields, 'carriedOver') ?? 0,
    attempt: numberOf(fields, 'attempt') ?? 1,
  };
}

function balancerRecord(fields: Fields): BalancerRecord | undefined {
  const node = textOf(fields, 'node');
  const receivedAt = numberOf(fields, 'receivedAt');
  const endedAt = numberOf(fields, 'endedAt');
  if (node === undefined || receivedAt === undefined || endedAt === undefined) return undefined;
  const connection = fields['connection'];
  return {
    id: textOf(fields, 'id'),
    node,
    target: textOf(fields, 'target'),
    connection: connection === 'fresh' || connection === 'reused' ? connection : undefined,
    targetState: textOf(fields, 'targetState'),
    receivedAt,
    sentAt: numberOf(fields, 'sentAt'),
    firstByteAt: numberOf(fields, 'firstByteAt'),
    endedAt,
    status: numberOf(fields, 'status'),
    targetStatus: numberOf(fields, 'targetStatus'),
    cause: BALANCER_CAUSES.find((known) => known === fields['cause']),
    idleMs: numberOf(fields, 'idleMs'),
  };
}

export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export type Fields = Readonly<Record<string, unknown>>;
