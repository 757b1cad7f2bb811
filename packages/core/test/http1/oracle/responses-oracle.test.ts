import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { fuzzParameters, interimWire, meantResponse, mutated, mutatedChunks } from '../arbitraries.ts';
import { assertAgreement, assertExample, type Difference } from './difference.ts';
import { startNodeClient, type NodeClientOracle } from './node-client.ts';
import { readResponse, type Reading } from './reading.ts';

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const lengthOrCoding = /^HPE_(INVALID_CONTENT_LENGTH|UNEXPECTED_CONTENT_LENGTH|INVALID_TRANSFER_ENCODING)/;

const isOldAndClosing = ({ messages: [message] }: Reading): boolean => message?.line.startsWith('HTTP/1.0') === true && !message.keepAlive;

/** All ways in which this framer may read a response unlike node:http. Anything else is a fault. */
const DIFFERENCES: readonly Difference[] = [
  {
    name: 'statuses from 100',
    reason: 'RFC 9110 section 15 has no class 0; node takes 000 to 099',
    example: 'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n',
    explains: ({ ours }) => ours.reason.startsWith("bad-start-line: expected a status from 100 to 999, got '0'"),
  },
  {
    name: 'no control characters in a reason',
    reason: 'RFC 9112 section 4 allows none; node takes all but CR and LF',
    example: 'HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n',
    explains: ({ ours }) => /^bad-start-line: .* in the reason$/.test(ours.reason),
  },
  {
    name: 'versions 1.0 and 1.1 only',
    reason: 'node frames a response that calls itself 0.9 or 2.0 as if it were 1.x',
    example: 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n',
    explains: ({ ours }) => /^bad-version: .* got (0\.9|2\.0)$/.test(ours.reason),
  },
  {
    name: 'what an interim response says of the connection is not heard',
    reason: 'it is not the last message of its connection by definition; node refuses what follows',
    example: 'HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    explains: ({ ours, node }) => ours.interim.length > 0 && node.reason.startsWith('HPE_CLOSED_CONNECTION'),
  },
  {
    name: 'any 101 opens a tunnel',
    reason: 'after it the server no longer speaks HTTP, whatever headers it forgot; node takes it for an empty message',
    example: 'HTTP/1.1 101 Switching Protocols\r\n\r\nopaque',
    explains: ({ ours }) => ours.outcome === 'tunnel' && ours.messages[0]?.line.slice(9, 12) === '101',
  },
  {
    name: 'of the answers to CONNECT only a 2xx opens a tunnel',
    reason: 'RFC 9110 section 9.3.6; node hands over the connection after any answer, interim ones included',
    asked: 'CONNECT',
    example: 'HTTP/1.1 403 Forbidden\r\nContent-Length: 1\r\n\r\na',
    explains: ({ node }) => node.outcome === 'tunnel' && /^HTTP\S+ [^2]/.test(node.messages[0]?.line ?? ''),
  },
  {
    name: 'a response to HEAD keeps the connection without a length too',
    reason: 'it has no body, so its end is known (RFC 9112, section 6.3); node settles keep-alive before it thinks of the method',
    asked: 'HEAD',
    example: 'HTTP/1.1 200 OK\r\n\r\n',
    explains: ({ ours, node, asked }) => asked === 'HEAD' && ours.messages[0]?.keepAlive === true && node.messages[0]?.keepAlive === false,
  },
  {
    name: 'close wins over keep-alive',
    reason: 'RFC 9112 section 9.3 looks for close first; node looks only for keep-alive in HTTP/1.0',
    example: 'HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 0\r\n\r\n',
    explains: ({ ours, node }) => isOldAndClosing(ours) && node.messages[0]?.keepAlive === true,
  },
  {
    name: 'chunked in HTTP/1.0 ends the connection',
    reason: 'the sender is at odds with itself: RFC 9112 section 6.1 wants the message read and the connection closed',
    example: 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    explains: ({ ours, node, wire }) => isOldAndClosing(ours) && node.messages[0]?.keepAlive === true && /transfer-encoding/i.test(wire),
  },
  {
    name: 'Proxy-Connection says nothing',
    reason: 'no RFC defines it; node takes it for Connection',
    example: 'HTTP/1.1 200 OK\r\nProxy-Connection: close\r\nContent-Length: 0\r\n\r\n',
    explains: ({ ours, node, wire }) => /proxy-connection:/i.test(wire) && ours.messages[0]?.keepAlive !== node.messages[0]?.keepAlive,
  },
  {
    name: 'chunked stands once, plain, in a list without gaps',
    reason: 'recipients disagree about anything else: some decode twice, some not at all; node decodes once or reads to the end',
    example: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
    explains: ({ ours }) => ours.reason.startsWith('bad-transfer-encoding: expected codings with at most one plain "chunked"'),
  },
  {
    name: 'no Transfer-Encoding among the trailers',
    reason: 'RFC 9110 section 6.5.1 forbids it, since the length is settled by then; node refuses some codings there and not others',
    example: `${CHUNKED}0\r\nTransfer-Encoding: gzip\r\n\r\n`,
    explains: ({ ours }) => /^bad-header: expected no transfer-encoding among the trailers/i.test(ours.reason),
  },
  {
    name: 'a tab behind a coding is white space',
    reason:
      'by RFC 9112 section 5.1 it is no part of the value; node takes the tab for a part of the coding, does not know it, and reads to the end of the connection',
    example: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n',
    explains: ({ wire }) => /\ntransfer-encoding:[^\r\n]*\t[ \t]*\r\n/i.test(wire),
  },
  {
    name: 'HTTP and nothing like it',
    reason: 'node also knows RTSP and ICE',
    example: 'RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
    explains: ({ ours }) => /got '[RI]' as its octet 1$/.test(ours.reason),
  },
  {
    name: 'lengths below 2^53',
    reason: 'beyond, a JavaScript number cannot count octets',
    example: 'HTTP/1.1 200 OK\r\nContent-Length: 9007199254740993\r\n\r\na',
    explains: ({ ours }) => /below 2\^53/.test(ours.reason),
  },
  {
    name: 'what a chunk extension says is not looked at',
    reason: 'RFC 9112 section 7.1.1 allows white space in them and wants unknown ones ignored',
    example: `${CHUNKED}1; a = b\r\na\r\n0\r\n\r\n`,
    explains: ({ node }) => /chunk extension/.test(node.reason),
  },
  {
    name: 'lengths and codings are judged when the head is complete',
    reason: 'only then are all of them known; of a cut head node says "refused" and we say "cut"',
    example: 'HTTP/1.1 200 OK\r\nContent-Length: x',
    explains: ({ ours, node }) => ours.outcome === 'cut' && lengthOrCoding.test(node.reason),
  },
];

/** Cases at the edges that random mutation seldom meets. */
const EDGES: readonly string[] = [
  '', '\r\n', 'H', 'garbage', 'ICY 200 OK\r\n\r\n', 'HTTP/1.1 200\r\n\r\nabc', 'HTTP/1.1 200 \r\n\r\n', 'HTTP/1.1 200 OK\n\n', 'HTTP/1.1 200\n\n', 'HTTP/1.1 200 O\rK\r\n\r\n', 'HTTP/1.1 20 OK\r\n\r\n', 'HTTP/1.1 2000 OK\r\n\r\n', 'HTTP/1.1  200 OK\r\n\r\n',
  'HTTP/1.1 200\tOK\r\n\r\n', 'HTTP/1.1 999 OK\r\n\r\n', 'HTTP/1.2 200 OK\r\n\r\n', '\r\n\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na', 'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nabc', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc', 'HTTP/1.1 200 OK\r\nContent-Le',
  'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc',
  'HTTP/1.1 204 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\nabc', 'HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n',
  'HTTP/1.1 205 Reset\r\nContent-Length: 1\r\n\r\na', 'HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na', 'HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nabc',
  'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 200 OK\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\na', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n',
  ...['1 \r\na\r\n0\r\n\r\n', '1\na\r\n0\r\n\r\n', '1\r\nab\r\n', '0\r\nA: \xe9\r\n\r\n', '0\r\nContent-Length: 3\r\n\r\n', '5\r\nabc', '0\r\n', '0\r\nA: b\n\r\n'].map((body) => CHUNKED + body),
]; // prettier-ignore

let client: NodeClientOracle;
before(async () => {
  client = await startNodeClient();
});
after(() => client[Symbol.asyncDispose]());

const METHODS = ['GET', 'HEAD', 'CONNECT'];

test('responses, right or wrong, are read as node:http reads them, but for the listed differences', async () => {
  const response = fc.tuple(interimWire, meantResponse).map(([interim, { wire }]) => interim + wire);
  const wire = fc.oneof(response, mutated(response), mutated(response), mutatedChunks('HTTP/1.1 200 OK'));
  const property = fc.asyncProperty(wire, fc.constantFrom('GET', 'GET', 'GET', ...METHODS), async (text, asked) => {
    assertAgreement(text, { ours: readResponse(text, asked), node: await client.read(text, asked), asked }, DIFFERENCES);
  });
  await fc.assert(property, fuzzParameters(500));
});

test('responses at the edges are read as node:http reads them, but for the listed differences', async () => {
  for (const wire of EDGES) {
    for (const asked of METHODS) assertAgreement(wire, { ours: readResponse(wire, asked), node: await client.read(wire, asked), asked }, DIFFERENCES);
  }
});

for (const row of DIFFERENCES) {
  test(`unlike node:http: ${row.name}`, async () => {
    const { example, asked = 'GET' } = row;
    assertExample(row, { ours: readResponse(example, asked), node: await client.read(example, asked), asked });
  });
}
