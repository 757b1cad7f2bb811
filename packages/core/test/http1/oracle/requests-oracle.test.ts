import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { fuzzParameters, meantRequest, mutated, mutatedChunks } from '../arbitraries.ts';
import { assertAgreement, assertExample, type Difference } from './difference.ts';
import { startNodeServer, type NodeServerOracle } from './node-server.ts';
import { readRequests } from './reading.ts';

const CHUNKED = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
const lengthOrCoding = /^HPE_(INVALID_CONTENT_LENGTH|UNEXPECTED_CONTENT_LENGTH|INVALID_TRANSFER_ENCODING)/;

/** All ways in which this framer may read requests unlike node:http. Anything else is a fault. */
const DIFFERENCES: readonly Difference[] = [
  {
    name: 'any token is a method',
    reason: 'node has a list of methods; which of them exist is for the application to say, not for a proxy (RFC 9110, section 9.1)',
    example: 'FROBNICATE / HTTP/1.1\r\n\r\n',
    explains: ({ node }) => /^HPE_(INVALID_METHOD|PAUSED_H2_UPGRADE)/.test(node.reason),
  },
  {
    name: 'a target is judged by how it begins',
    reason: 'node walks through schemes and authorities; no framing depends on them',
    example: 'GET http://a@@b/ HTTP/1.1\r\n\r\n',
    explains: ({ node }) => node.reason.startsWith('HPE_INVALID_URL'),
  },
  {
    name: 'only * itself is the asterisk-form',
    reason: 'RFC 9112 section 3.2.4 knows no other; node takes anything that begins with it',
    example: 'OPTIONS *a HTTP/1.1\r\n\r\n',
    explains: ({ ours }) => ours.reason.startsWith('bad-start-line: expected a request target that is a path, a URL or *'),
  },
  {
    name: 'one space between the parts of a request line',
    reason: 'RFC 9112 section 3 has exactly one; with more, recipients disagree on what the target is',
    example: 'GET   / HTTP/1.1\r\n\r\n',
    explains: ({ ours }) =>
      /^bad-start-line: expected (a request target and a single space|"HTTP\/1.1" or "HTTP\/1.0"), got octet 0x20/.test(ours.reason),
  },
  {
    name: 'versions 1.0 and 1.1 only',
    reason: 'node frames a request that calls itself 0.9 or 2.0 as if it were 1.x; what it is, nobody knows',
    example: 'GET / HTTP/2.0\r\n\r\n',
    explains: ({ ours, node }) =>
      /^bad-version: .* got (0\.9|2\.0)$/.test(ours.reason) ||
      (/request target and a single space, got octet 0x0[ad]$/.test(ours.reason) &&
        node.messages[ours.messages.length]?.line.endsWith(' HTTP/0.9') === true),
  },
  {
    name: 'a request line without a version is refused at once',
    reason: 'node takes it for HTTP/0.9, and of one that is cut it says "cut"',
    example: 'GET /\r\nA',
    explains: ({ ours, node }) => node.outcome === 'cut' && /request target and a single space, got octet 0x0[ad]$/.test(ours.reason),
  },
  {
    name: 'no coding but chunked',
    reason:
      'an Application Load Balancer answers 501; node hands the encoded octets to the application, and tells of a request before it refuses its coding',
    example: 'POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    explains: ({ ours, node }) =>
      ours.reason.startsWith('bad-transfer-encoding: expected the Transfer-Encoding "chunked"') &&
      node.messages[ours.messages.length]?.headers.some((name) => /^transfer-encoding$/i.test(name)) === true,
  },
  {
    name: 'no Transfer-Encoding in HTTP/1.0',
    reason: 'a hop that speaks 1.0 only would take the chunks for requests (RFC 9112, section 6.1)',
    example: 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    explains: ({ ours }) => ours.reason.startsWith('bad-transfer-encoding: expected no Transfer-Encoding in an HTTP/1.0 request'),
  },
  {
    name: 'close wins over keep-alive',
    reason: 'RFC 9112 section 9.3 looks for close first; node looks only for keep-alive in HTTP/1.0',
    example: 'GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n',
    explains: ({ ours, node }) =>
      ours.messages.some(({ line, keepAlive }, index) => line.endsWith('1.0') && !keepAlive && node.messages[index]?.keepAlive === true),
  },
  {
    name: 'trailers say nothing of the connection',
    reason: 'RFC 9110 section 6.5.1 forbids it there; node refuses the next request after such a trailer',
    example: `${CHUNKED}0\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    explains: ({ ours, node }) =>
      node.reason.startsWith('HPE_CLOSED_CONNECTION') &&
      ours.messages[node.messages.length - 1]?.trailers.some((name) => /connection$/i.test(name)) === true,
  },
  {
    name: 'Proxy-Connection says nothing',
    reason: 'no RFC defines it; node takes it for Connection',
    example: 'GET / HTTP/1.1\r\nProxy-Connection: close\r\n\r\n',
    explains: ({ ours, node, wire }) =>
      /proxy-connection:/i.test(wire) && ours.messages.some(({ keepAlive }, index) => keepAlive !== node.messages[index]?.keepAlive),
  },
  {
    name: 'after an Upgrade the reading goes on',
    reason: 'whether HTTP goes on is decided by the answer, so the caller pauses; node without an upgrade listener drops what follows',
    example: 'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    explains: ({ ours, node, wire }) =>
      /upgrade:/i.test(wire) && node.outcome === 'clean' && (ours.messages.length > node.messages.length || ours.outcome !== 'clean'),
  },
  {
    name: 'a tab behind a coding is white space',
    reason: 'by RFC 9112 section 5.1 it is no part of the value; node takes the tab for a part of the coding and refuses it',
    example: 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n',
    explains: ({ wire }) => /\ntransfer-encoding:[^\r\n]*\t[ \t]*\r\n/i.test(wire),
  },
  {
    name: 'HTTP and nothing like it',
    reason: 'node also knows RTSP and ICE',
    example: 'GET / RTSP',
    explains: ({ ours }) => /got '[RI]' as its octet 1$/.test(ours.reason),
  },
  {
    name: 'lengths below 2^53',
    reason: 'beyond, a JavaScript number cannot count octets; node reads on modulo 2^64',
    example: 'POST / HTTP/1.1\r\nContent-Length: 9007199254740993\r\n\r\na',
    explains: ({ ours }) => /below 2\^53/.test(ours.reason),
  },
  {
    name: 'what a chunk extension says is not looked at',
    reason: 'RFC 9112 section 7.1.1 allows white space in them and wants unknown ones ignored; control characters are refused by both',
    example: `${CHUNKED}1; a = b\r\na\r\n0\r\n\r\n`,
    explains: ({ node }) => /chunk extension/.test(node.reason),
  },
  {
    name: 'lengths and codings are judged when the head is complete',
    reason: 'only then are all of them known; node refuses at the first octet, so of a cut head it says "refused" and we say "cut"',
    example: 'POST / HTTP/1.1\r\nContent-Length: x',
    explains: ({ ours, node }) => ours.outcome === 'cut' && lengthOrCoding.test(node.reason),
  },
];

/** Cases at the edges that random mutation seldom meets. */
const EDGES: readonly string[] = [
  '', '\r\n', '\n\n\rGET / HTTP/1.1\r\n\r\n', 'G', 'GET / HTTP/1.1\n\n', 'GET / HTTP/1.1\r\nA: b\n\r\n', 'GET / HTTP/1.1\r\nA: b\r\n\n', 'GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n',
  'GET / HTTP/1.1 \r\n\r\n', 'GET / HTTP/1.2\r\n\r\n', 'GET / http/1.1\r\n\r\n', 'GET /\xff HTTP/1.1\r\n\r\n', 'GET /\t HTTP/1.1\r\n\r\n', 'GET foo HTTP/1.1\r\n\r\n', 'GET ?a HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nA : b\r\n\r\n', 'GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n', 'GET / HTTP/1.1\r\n A: b\r\n\r\n', 'GET / HTTP/1.1\r\n: b\r\n\r\n', 'GET / HTTP/1.1\r\nA\r\n\r\n', 'GET / HTTP/1.1\r\nA:\t b \t\r\n\r\n',
  'GET / HTTP/1.1\r\nA: b\0\r\n\r\n', 'GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n', 'GET / HTTP/1.1\r\nA: \x80\xff\r\n\r\n', 'GET / HTTP/1.1\r\nA:\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na', 'POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\na', 'POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\na', 'POST / HTTP/1.1\r\nContent-Length:\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 1 \t\r\n\r\na', 'POST / HTTP/1.1\r\nContent-Length: 1 1\r\n\r\na', 'POST / HTTP/1.1\r\nContent-Length: 0001\r\n\r\na', 'POST / HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n',
  'POST / HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n', 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked,\r\n\r\n',
  'POST / HTTP/1.1\r\nTransfer-Encoding:\r\n\r\n', 'POST / HTTP/1.1\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n', 'GET / HTTP/1.1\r\nTransfer-Encoding: \tchunked \r\n\r\n0\r\n\r\n',
  'GET / HTTP/1.1\r\nConnection: close\r\n\r\n\r\n', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\nConnection: a,close\t\r\n\r\nX',
  'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /2 HTTP/1.1\r\n\r\n', 'CONNECT a:80 HTTP/1.1\r\n\r\nopaque', 'CONNECT a:80 HTTP/1.1\r\nContent-Length: 1\r\n\r\nopaque', 'GET / HTTP/1.1\r\nExpect: what\r\n\r\n',
  ...[
    '1 \r\na\r\n0\r\n\r\n', '1\na\r\n0\r\n\r\n', '1\r\na\n0\r\n\r\n', '1\r\nab\r\n0\r\n\r\n', '0x1\r\na\r\n0\r\n\r\n', '-1\r\n', '\r\na\r\n', '0001\r\na\r\n000\r\n\r\n', '10000000000000000\r\n', '1;a="b;\\"c"\r\na\r\n0\r\n\r\n', '1;a\x01\r\n', '1;a\n',
    '0\r\nA: b\r\n\r\n', '0\r\nContent-Length: 1\r\n\r\n', '0\r\nTransfer-Encoding: chunked\r\n\r\n', '0\r\nConnection: close\r\n\r\n', '0\r\nA\r\n\r\n', '0\r\n\n', '0\r\nA: b\n\r\n', '0\r\nA: b\r\n c\r\n\r\n', '0\r\n', '0', '1\r\na', 'A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n',
  ].map((body) => CHUNKED + body),
]; // prettier-ignore

let server: NodeServerOracle;
before(async () => {
  server = await startNodeServer();
});
after(() => server[Symbol.asyncDispose]());

test('requests, right or wrong, are read as node:http reads them, but for the listed differences', async () => {
  const stream = fc.array(meantRequest, { minLength: 1, maxLength: 3 }).map((requests) => requests.map(({ wire }) => wire).join(''));
  const wire = fc.oneof(stream, mutated(stream), mutated(meantRequest.map(({ wire }) => wire)), mutatedChunks('POST / HTTP/1.1'));
  const property = fc.asyncProperty(wire, async (text) => {
    assertAgreement(text, { ours: readRequests(text), node: await server.read(text) }, DIFFERENCES);
  });
  await fc.assert(property, fuzzParameters(500));
});

test('requests at the edges are read as node:http reads them, but for the listed differences', async () => {
  for (const wire of EDGES) assertAgreement(wire, { ours: readRequests(wire), node: await server.read(wire) }, DIFFERENCES);
});

for (const row of DIFFERENCES) {
  test(`unlike node:http: ${row.name}`, async () => {
    assertExample(row, { ours: readRequests(row.example), node: await server.read(row.example) });
  });
}
