import { Buffer } from 'node:buffer';
import type { EventStreamSpec, GrpcSpec, RequestSpec, WebSocketSpec } from './request-spec.ts';
import type { Field } from './requests-file-field.ts';

/** The fields of an entry that make it something else than one request. */
export const PROTOCOL_FIELDS = ['websocket', 'sse', 'grpc'] as const;

export interface EntryProtocol {
  readonly spec: Pick<RequestSpec, 'websocket' | 'eventStream' | 'grpc'>;
  /** In front of the path in the name of the entry, instead of the method. */
  readonly label: string | undefined;
  /** When the entry gives none. */
  readonly timeoutMs: number | undefined;
}

/** @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for more than one of the fields, and for others that do not go with the one. */
export function parseProtocol(fields: ReadonlyMap<string, Field>): EntryProtocol {
  const [only, second] = PROTOCOL_FIELDS.flatMap((name) => {
    const field = fields.get(name);
    return field === undefined ? [] : [{ name, field }];
  });
  if (only === undefined) return { spec: {}, label: undefined, timeoutMs: undefined };
  if (second !== undefined)
    throw second.field.error(`no more than one of ${PROTOCOL_FIELDS.join(', ')}`, 'Make an entry for each.', JSON.stringify(second.name));
  for (const name of ['method', 'body', 'expect', 'retry']) {
    const extra = fields.get(name);
    if (extra !== undefined) throw extra.error(`no "${name}" beside "${only.name}"`, `Remove it; what is expected stands in "${only.name}".`, 'one');
  }
  switch (only.name) {
    case 'websocket':
      return { spec: { websocket: parseWebSocket(only.field) }, label: 'WebSocket', timeoutMs: MESSAGE_TIMEOUT_MS };
    case 'sse':
      return { spec: { eventStream: parseEventStream(only.field) }, label: 'SSE', timeoutMs: undefined };
    case 'grpc':
      return { spec: { grpc: parseGrpc(only.field) }, label: 'gRPC', timeoutMs: undefined };
  }
}

function parseWebSocket(field: Field): WebSocketSpec {
  const fields = field.members('an object like { "keepMs": 60000 }', ['keepMs', 'everyMs', 'message', 'expectEcho', 'reconnectMs']);
  return {
    keepMs: fields.get('keepMs')?.range(LIFE) ?? DEFAULT_KEEP_MS,
    // The balancer cuts a connection that is silent for a minute.
    everyMs: fields.get('everyMs')?.range({ min: 10, max: 600_000 }) ?? [1000, 1000],
    message: fields.get('message')?.text('a text', { min: 1, max: 65_536 }) ?? 'message {n}',
    expectEcho: fields.get('expectEcho')?.flag() ?? false,
    reconnectMs: fields.get('reconnectMs')?.range({ min: 0, max: 600_000 }) ?? [100, 1000],
  };
}

function parseEventStream(field: Field): EventStreamSpec {
  const fields = field.members('an object like { "keepMs": 60000 }', ['keepMs', 'consecutiveIds']);
  return { keepMs: fields.get('keepMs')?.range(LIFE) ?? DEFAULT_KEEP_MS, consecutiveIds: fields.get('consecutiveIds')?.flag() ?? false };
}

function parseGrpc(field: Field): GrpcSpec {
  const fields = field.members('an object like { "message": { "utf8": "…" } }', ['message', 'status', 'messages']);
  const status = fields.get('status');
  const codes = { min: 0, max: 16 };
  return {
    message: parseMessage(fields.get('message')),
    status:
      status === undefined
        ? [0]
        : status.isList
          ? status.items('a gRPC status or a list of them', { min: 1, max: 17 }).map((item) => item.whole(codes))
          : [status.whole(codes)],
    messages: fields.get('messages')?.range({ min: 0, max: 1_000_000 }),
  };
}

/** The serialized message, whatever it was serialized with; empty unless given, which is what a protobuf message without fields looks like. */
function parseMessage(field: Field | undefined): string {
  if (field === undefined) return '';
  const [only, ...more] = [...field.members('one of { "utf8": … }, { "hex": … }, { "base64": … }', ['utf8', 'hex', 'base64'])];
  if (only === undefined || more.length > 0) throw field.error('exactly one of "utf8", "hex" and "base64"', 'Keep the one that is meant.');
  const [encoding, value] = only;
  const text = value.text('a text', { min: 0, max: MOST_CHARACTERS });
  if (encoding === 'hex' && !/^(?:[0-9a-f]{2})*$/i.test(text)) throw value.error('two hex digits for each octet', 'Correct it.');
  if (encoding === 'base64' && !/^[\w+/-]*={0,2}$/.test(text)) throw value.error('base64', 'Correct it.');
  return Buffer.from(text, encoding === 'hex' ? 'hex' : encoding === 'base64' ? 'base64' : 'utf8').toString('base64');
}

const LIFE = { min: 1, max: 3_600_000 } as const;
const DEFAULT_KEEP_MS = [60_000, 60_000] as const;
/** A message is answered sooner than a request, or the client thinks that the connection is dead. */
const MESSAGE_TIMEOUT_MS = 10_000;
const MOST_CHARACTERS = 16_777_216;
