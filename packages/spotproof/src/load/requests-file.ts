import { parsePathTemplate } from './path-template.ts';
import type { BodySpec, Expectation, RequestSpec, RetrySpec } from './request-spec.ts';
import { Field } from './requests-file-field.ts';
import { parseProtocol, PROTOCOL_FIELDS } from './requests-file-protocol.ts';

/**
 * Reads a requests file: a JSON list of what the load is made of. Documented in docs/reference/requests-file.md.
 * @param source What to call the text in an error, usually its file name.
 * @throws SpotproofError `SPOTPROOF_CONFIG_INVALID` for the first thing that is wrong, unknown fields included: which entry and field, what
 * was expected, what came and what to write instead.
 */
export function parseRequestsFile(text: string, source = 'requests file'): RequestSpec[] {
  const list = Field.parse(text, source);
  const entries = list.items('a list of requests', { min: 1, max: MOST_ENTRIES });
  return entries.map(parseEntry);
}

function parseEntry(entry: Field): RequestSpec {
  const fields = entry.members('an object like { "path": "/" }', [...ENTRY_FIELDS, ...PROTOCOL_FIELDS]);
  const protocol = parseProtocol(fields);
  const body = fields.get('body');
  const parsedBody = body === undefined ? undefined : parseBody(body);
  const method = parseMethod(fields.get('method'), body === undefined && protocol.spec.grpc === undefined ? 'GET' : 'POST');
  const path = parsePath(entry, fields.get('path'));
  const headers = parseHeaders(fields.get('headers'));
  const retry = parseRetry(fields.get('retry'), headers);
  return {
    name: fields.get('name')?.text('a label', { min: 1, max: 200 }) ?? `${protocol.label ?? method} ${path}`,
    method,
    path,
    headers: isJson(body) && !hasHeader(headers, 'content-type') ? { ...headers, 'content-type': 'application/json' } : headers,
    body: parsedBody,
    weight: fields.get('weight')?.number('a number above 0 and at most 1000000', (value) => value > 0 && value <= 1e6) ?? 1,
    expect: parseExpectation(fields.get('expect'), method),
    timeoutMs: fields.get('timeoutMs')?.whole({ min: 1, max: 600_000 }) ?? protocol.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...(retry === undefined ? {} : { retry }),
    ...protocol.spec,
  };
}

function parseRetry(field: Field | undefined, headers: Readonly<Record<string, string>>): RetrySpec | undefined {
  if (field === undefined) return undefined;
  const fields = field.members('an object like { "times": 5, "idempotencyKey": true }', ['times', 'idempotencyKey', 'waitMs']);
  const times = fields.get('times');
  if (times === undefined) throw field.missing('times', 'how often the request is sent again', 'Add it, such as "times": 5.');
  const key = fields.get('idempotencyKey');
  const idempotencyKey = key?.flag() ?? false;
  if (key !== undefined && idempotencyKey && hasHeader(headers, 'idempotency-key'))
    throw key.error('no header Idempotency-Key beside it', 'Remove one of the two: a key of its own for each request is what "idempotencyKey" adds.');
  return { times: times.whole({ min: 1, max: 20 }), idempotencyKey, waitMs: fields.get('waitMs')?.range({ min: 0, max: 60_000 }) ?? [100, 500] };
}

function parseMethod(field: Field | undefined, otherwise: string): string {
  if (field === undefined) return otherwise;
  const expected = 'a method in capital letters';
  const method = field.text(expected, { min: 1, max: 32 });
  if (!/^[A-Z][A-Z-]*$/.test(method))
    throw field.error(expected, `Write ${JSON.stringify(method.toUpperCase().replaceAll(/[^A-Z-]/g, '') || 'GET')}.`);
  if (method === 'CONNECT') throw field.error('any method but CONNECT', 'A load balancer has no use for CONNECT: choose another.');
  return method;
}

function parsePath(entry: Field, field: Field | undefined): string {
  const expected = 'a path that begins with "/"';
  if (field === undefined) throw entry.missing('path', expected, 'Add one, such as "path": "/".');
  const path = field.text(expected, { min: 1, max: 8000 });
  if (!path.startsWith('/'))
    throw field.error(expected, `Write ${JSON.stringify(`/${path.replace(/^https?:\/\/[^/]*\/?/, '')}`)}; the lab knows the host.`);
  if (!/^[!-~]*$/.test(path) || path.includes('#'))
    throw field.error('printable ASCII without spaces and "#"', 'Percent-encode the rest, such as %20 for a space.');
  if (parsePathTemplate(path) === undefined)
    throw field.error('{min..max} of whole numbers wherever there is a brace', 'Write such as {5..50}, or %7B and %7D for literal braces.');
  return path;
}

function parseHeaders(field: Field | undefined): Record<string, string> {
  if (field === undefined) return {};
  const headers: [string, string][] = [];
  for (const [name, value] of field.anyMembers('an object of header names and values')) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      throw value.error('a header name without spaces and separators', 'Correct the name.', JSON.stringify(name));
    const owner = OWN_HEADERS.get(name.toLowerCase());
    if (owner !== undefined) throw value.error('a header that the load does not set by itself', `Remove it: ${owner}.`, JSON.stringify(name));
    const text = value.text('a text', { min: 0, max: 8000 });
    if (!/^[\t -~\u0080-\u00ff]*$/.test(text)) throw value.error('a header value of one line in latin1', 'Encode or remove the other characters.');
    headers.push([name, text]);
  }
  return Object.fromEntries(headers);
}

function parseBody(field: Field): BodySpec {
  if (field.isText) return { kind: 'text', text: field.text('a text', { min: 0, max: MOST_OCTETS }) };
  const members = field.members('a text, or one of { "json": … }, { "randomOctets": … }, { "chunks": … }', ['json', 'randomOctets', 'chunks']);
  const [only, ...more] = [...members];
  if (only === undefined || more.length > 0) throw field.error('exactly one of "json", "randomOctets" and "chunks"', 'Keep the one that is meant.');
  const [name, value] = only;
  if (name === 'json') return { kind: 'text', text: JSON.stringify(value.value) };
  if (name === 'randomOctets') return { kind: 'random', octets: value.range({ min: 0, max: MOST_OCTETS }) };
  const chunks = value.members('an object like { "count": [5, 15], "octets": [100, 2000], "gapMs": [50, 150] }', ['count', 'octets', 'gapMs']);
  const range = (key: string, limits: { readonly min: number; readonly max: number }) => {
    const found = chunks.get(key);
    if (found === undefined) throw value.missing(key, 'a range such as [5, 15]', `Add "${key}".`);
    return found.range(limits);
  };
  return {
    kind: 'chunks',
    count: range('count', { min: 1, max: 10_000 }),
    octets: range('octets', { min: 1, max: MOST_OCTETS }),
    gapMs: range('gapMs', { min: 0, max: 60_000 }),
  };
}

function parseExpectation(field: Field | undefined, method: string): Expectation {
  if (field === undefined) return {};
  const fields = field.members('an object like { "status": 200 }', ['status', 'bodyEquals', 'bodyContains', 'bodyEndsWith', 'bodyHasSha1OfRequest']);
  const bodyField = [...fields].find(([name]) => name !== 'status')?.[1];
  if (method === 'HEAD' && bodyField !== undefined)
    throw bodyField.error('nothing about the body of an answer to HEAD, which has none', 'Remove it, or use GET.');
  const status = fields.get('status');
  const texts: { bodyEquals?: string; bodyContains?: string; bodyEndsWith?: string } = {};
  for (const name of ['bodyEquals', 'bodyContains', 'bodyEndsWith'] as const) {
    const value = fields.get(name);
    if (value !== undefined) texts[name] = value.text('a text', { min: 0, max: MOST_OCTETS });
  }
  const sha1 = fields.get('bodyHasSha1OfRequest');
  return {
    ...(status === undefined ? {} : { status: parseStatus(status) }),
    ...texts,
    ...(sha1 === undefined ? {} : { bodyHasSha1OfRequest: sha1.flag() }),
  };
}

function parseStatus(field: Field): number | readonly number[] {
  const limits = { min: 200, max: 599 };
  return field.isList ? field.items('a status or a list of them', { min: 1, max: 400 }).map((item) => item.whole(limits)) : field.whole(limits);
}

function isJson(body: Field | undefined): boolean {
  return body !== undefined && !body.isText && body.anyMembers('an object').some(([name]) => name === 'json');
}

function hasHeader(headers: Readonly<Record<string, string>>, name: string): boolean {
  return Object.keys(headers).some((key) => key.toLowerCase() === name);
}

const ENTRY_FIELDS = ['name', 'method', 'path', 'headers', 'body', 'weight', 'expect', 'timeoutMs', 'retry'] as const;
const MOST_ENTRIES = 1000;
const MOST_OCTETS = 16_777_216;

/** Above the 60 s after which the balancer itself gives up on a silent target: its 504 says more than our own impatience. */
const DEFAULT_TIMEOUT_MS = 65_000;

/** Headers that would break the framing, the connection handling or the accounting, with the reason. */
const OWN_HEADERS: ReadonlyMap<string, string> = new Map([
  ['content-length', 'it follows from the body'],
  ['transfer-encoding', 'it follows from the body'],
  ['connection', 'connections are kept alive'],
  ['keep-alive', 'connections are kept alive'],
  ['proxy-connection', 'connections are kept alive'],
  ['upgrade', 'write "websocket": {} for a WebSocket'],
  ['http2-settings', '`--listener` says what the load speaks'],
  ['expect', 'bodies are sent without waiting for 100 Continue'],
  ['te', 'trailers are not looked at'],
  ['trailer', 'no trailers are sent'],
  ['x-spotproof-request', 'it carries the id that joins the records'],
]);
