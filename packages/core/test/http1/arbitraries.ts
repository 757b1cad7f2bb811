import * as fc from 'fast-check';

/** A message as a test means it, with the text that goes on the wire. */
export interface MeantMessage {
  readonly wire: string;
  /** The start line without its CR LF. */
  readonly line: string;
  readonly headers: readonly string[];
  readonly payload: string;
  readonly trailers: readonly string[];
}

export interface MeantRequest extends MeantMessage {
  readonly method: string;
}

/** How often a fuzzing property runs, and from where: `SPOTPROOF_FUZZ_RUNS`, `SPOTPROOF_FUZZ_SEED`. */
export const fuzzParameters = (defaultRuns: number): { readonly numRuns: number; readonly seed: number; readonly endOnFailure: boolean } => ({
  numRuns: wholeNumber('SPOTPROOF_FUZZ_RUNS', defaultRuns),
  seed: wholeNumber('SPOTPROOF_FUZZ_SEED', 20_260_801),
  endOnFailure: false,
});

function wholeNumber(variable: string, fallback: number): number {
  const text = process.env[variable];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${variable} must be a whole number above 0, got "${text}"`);
}

const oneOf = (characters: string): fc.Arbitrary<string> => fc.nat({ max: characters.length - 1 }).map((index) => characters.charAt(index));

const token = fc.string({ unit: oneOf("!#$%&'*+-.^_`|~0123456789ABCXYZabcxyz"), minLength: 1, maxLength: 12 });
const latin1 = fc.string({ unit: fc.nat({ max: 255 }).map((octet) => String.fromCharCode(octet)), maxLength: 40 });

const valueCharacter = fc.oneof(
  { weight: 8, arbitrary: oneOf(' abcXYZ019,;=:"/*') },
  { weight: 1, arbitrary: fc.constantFrom('\t', '\x80', '\x9f', '\xe9', '\xff') },
);
const value = fc.string({ unit: valueCharacter, maxLength: 30 }).map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
const whiteSpace = fc.constantFrom('', ' ', ' ', '\t ', '  ');

interface Line {
  readonly pair: readonly string[];
  readonly wire: string;
}

/** `name: value` lines: what they mean and how they are written. */
const fieldLine: fc.Arbitrary<Line> = fc
  .tuple(
    token.filter((name) => !/^(content-length|transfer-encoding|connection|upgrade|expect|host)$/i.test(name)),
    value,
    whiteSpace,
    whiteSpace,
  )
  .map(([name, text, before, behind]) => ({ pair: [name, text], wire: `${name}:${before}${text}${behind}\r\n` }));
const fieldLines = fc.array(fieldLine, { maxLength: 4 });

const connection = fc.constantFrom(
  '',
  '',
  '',
  '',
  'Connection: keep-alive\r\n',
  'connection: foo, Keep-Alive\r\n',
  'Connection: close\r\n',
  'CONNECTION: x,close\r\n',
);

const extension = fc.constantFrom('', '', '', ';a', ';name=value', ';q="a;b"', ';a=1;b=2');
const chunk = fc
  .record({ data: latin1.filter((data) => data !== ''), zeros: fc.constantFrom('', '', '0', '000'), extension, upper: fc.boolean() })
  .map(({ data, zeros, extension, upper }) => {
    const size = data.length.toString(16);
    return { data, wire: `${zeros}${upper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n` };
  });

interface Body {
  readonly header: string;
  readonly pair: readonly string[];
  readonly wire: string;
  readonly payload: string;
  readonly trailers: readonly string[];
}
const lengthBody: fc.Arbitrary<Body> = fc.tuple(latin1, fc.constantFrom('Content-Length', 'content-length')).map(([payload, name]) => ({
  header: `${name}: ${payload.length}\r\n`,
  pair: [name, String(payload.length)],
  wire: payload,
  payload,
  trailers: [],
}));
const chunkedBody: fc.Arbitrary<Body> = fc
  .record({
    chunks: fc.array(chunk, { maxLength: 4 }),
    extension,
    trailers: fc.oneof(fc.constant<Line[]>([]), fieldLines),
    coding: fc.constantFrom('chunked', 'Chunked'),
  })
  .map(({ chunks, extension, trailers, coding }) => ({
    header: `Transfer-Encoding: ${coding}\r\n`,
    pair: ['Transfer-Encoding', coding],
    wire: `${chunks.map(({ wire }) => wire).join('')}0${extension}\r\n${trailers.map(({ wire }) => wire).join('')}\r\n`,
    payload: chunks.map(({ data }) => data).join(''),
    trailers: trailers.flatMap(({ pair }) => pair),
  }));
const noBody: fc.Arbitrary<Body> = fc.constant({ header: '', pair: [], wire: '', payload: '', trailers: [] });

const path = fc.string({ unit: oneOf("/abcXYZ019-._~!$&'()*+,;=:@%?#[]"), maxLength: 20 }).map((rest) => `/${rest}`);
const requestLine = fc
  .record({
    method: fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS', 'M-SEARCH', 'REPORT'),
    target: fc.oneof({ weight: 5, arbitrary: path }, fc.constantFrom('*', 'http://example.com/a?b', 'http://example.com:80')),
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
  })
  .map(({ method, target, version }) => ({ method, version, line: `${method} ${target} HTTP/${version}` }));

/** A request that both RFC 9112 and llhttp take. */
export const meantRequest: fc.Arbitrary<MeantRequest> = fc
  .record({
    line: requestLine,
    before: fieldLines,
    behind: fieldLines,
    body: fc.oneof(noBody, lengthBody, { weight: 2, arbitrary: chunkedBody }),
    connection,
  })
  .map(({ line: { line, method, version }, before, behind, body, connection }) => {
    const framed = version === '1.0' && body.header.startsWith('Transfer') ? { header: '', pair: [], wire: '', payload: '', trailers: [] } : body;
    return { method, ...render(line, { before, behind, body: framed, connection }) };
  });

const statusLine = fc
  .record({
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    status: fc.constantFrom(200, 200, 200, 201, 204, 205, 304, 400, 404, 500, 503, 599, 799),
    reason: fc.constantFrom(' OK', ' ', '', ' Not at all', ' \xe9'),
  })
  .map(({ version, status, reason }) => `HTTP/${version} ${status}${reason}`);

/** A final response that both RFC 9112 and llhttp take, to a GET unless it has no body. */
export const meantResponse: fc.Arbitrary<MeantMessage> = fc
  .record({ line: statusLine, before: fieldLines, behind: fieldLines, body: fc.oneof(lengthBody, chunkedBody), connection })
  .map(({ line, before, behind, body, connection }) => {
    const isBodiless = / (204|304)/.test(line);
    return render(line, { before, behind, body: isBodiless ? { ...body, wire: '', payload: '', trailers: [] } : body, connection });
  });

/** An interim response, as it goes before a final one. */
export const interimWire: fc.Arbitrary<string> = fc.constantFrom(
  '',
  '',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
  'HTTP/1.1 102 \r\n\r\nHTTP/1.1 100\r\n\r\n',
);

interface Parts {
  readonly before: readonly Line[];
  readonly behind: readonly Line[];
  readonly body: Body;
  readonly connection: string;
}
function render(line: string, { before, behind, body, connection }: Parts): MeantMessage {
  const wireOf = (lines: readonly Line[]): string => lines.map(({ wire }) => wire).join('');
  return {
    wire: `${line}\r\n${wireOf(before)}${body.header}${connection}${wireOf(behind)}\r\n${body.wire}`,
    line,
    headers: [
      ...before.flatMap(({ pair }) => pair),
      ...body.pair,
      ...(connection === '' ? [] : connection.trim().split(': ')),
      ...behind.flatMap(({ pair }) => pair),
    ],
    payload: body.payload,
    trailers: body.trailers,
  };
}

const SNIPPETS = [
  '\r', '\n', '\r\n', '\n\n', ' ', '\t', '\0', '\x7f', '\x80', ':', ';', ',', '"', '0', '5', 'f', 'g', '-', '/', '*', '?', '#',
  'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n', '0\r\n\r\n', '1\r\na\r\n', '100000000000000000\r\n',
]; // prettier-ignore
const HEADER_LINES = [
  'Content-Length: 0', 'Content-Length: 3', 'Content-Length: 5, 5', 'Content-Length: ', 'Content-Length: +3', 'Content-Length: 99999999999999999999', 'content-length : 3',
  'Transfer-Encoding: chunked', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: chunked, gzip', 'Transfer-Encoding: identity', 'Transfer-Encoding: ', 'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked,', 'Transfer-Encoding:\tchunked ', 'Connection: close', 'Connection: keep-alive', 'Connection: upgrade', 'Upgrade: websocket', 'Proxy-Connection: close',
  'Expect: 100-continue', ' folded', ': no name', 'no colon', 'X: a\rb', 'X: a\0b', 'X: \xfc',
]; // prettier-ignore

/** A place in a text, from 0 to 1. Not `fc.double`: its values are even over the exponents, so nearly all are next to 0. */
export const fraction: fc.Arbitrary<number> = fc.nat({ max: 9999 }).map((part) => part / 10_000);

/** One change to octets; `at` and `length` are fractions, so that shrinking the text keeps the mutation meaningful. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: fraction, text: fc.constantFrom(...SNIPPETS) }),
  fc.record({ kind: fc.constant('line' as const), at: fraction, text: fc.constantFrom(...HEADER_LINES) }),
  fc.record({ kind: fc.constant('delete' as const), at: fraction, count: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constant('replace' as const), at: fraction, octet: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fraction, count: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fraction }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never;

/** A chunked body after `head`, with up to three things done to the body alone: mutations of whole messages rarely hit it. */
export const mutatedChunks = (head: string): fc.Arbitrary<string> =>
  mutated(chunkedBody.map(({ wire }) => wire)).map((wire) => `${head}\r\nTransfer-Encoding: chunked\r\n\r\n${wire}`);

/** `wire` with up to three things done to it. */
export const mutated = (wire: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(wire, fc.array(mutation, { minLength: 1, maxLength: 3 })).map(([text, mutations]) => mutations.reduce(mutate, text));

function mutate(wire: string, mutation: Mutation): string {
  const at = Math.floor(mutation.at * wire.length);
  switch (mutation.kind) {
    case 'insert':
      return wire.slice(0, at) + mutation.text + wire.slice(at);
    case 'line': {
      const lineStart = wire.indexOf('\r\n', at) + 2;
      return wire.slice(0, lineStart) + mutation.text + (lineStart > 1 ? '\r\n' : '') + wire.slice(lineStart);
    }
    case 'delete':
      return wire.slice(0, at) + wire.slice(at + mutation.count);
    case 'replace':
      return wire.slice(0, at) + String.fromCharCode(mutation.octet) + wire.slice(at + 1);
    case 'repeat':
      return wire.slice(0, at) + wire.slice(at, at + mutation.count) + wire.slice(at);
    case 'cut':
      return wire.slice(0, at);
  }
}
