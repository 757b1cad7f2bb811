import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { fraction, fuzzParameters, interimWire, meantRequest, meantResponse, mutated, mutatedChunks, type MeantMessage } from './arbitraries.ts';
import { recordRequests, recordResponses, type RecordOptions, type Recorded, type Recording } from './recorder.ts';

const requestStream = fc.array(meantRequest, { minLength: 1, maxLength: 4 });
const requestWire = requestStream.map((requests) => requests.map(({ wire }) => wire).join('\r\n'));
const responseWire = fc
  .array(fc.tuple(interimWire, meantResponse), { minLength: 1, maxLength: 3 })
  .map((responses) => responses.map(([interim, { wire }]) => interim + wire).join(''));

const options: fc.Arbitrary<RecordOptions> = fc.record({
  body: fc.constantFrom('wire', 'payload'),
  maxLineOctets: fc.constantFrom(16, 24, 40, 16_384),
  maxHeaderOctets: fc.constantFrom(16, 24, 40, 16_384),
  maxHeadOctets: fc.constantFrom(40, 80, 160, 65_536),
  fin: fc.boolean(),
  pausing: fc.boolean(),
  asked: fc.array(fc.constantFrom('GET', 'HEAD', 'CONNECT'), { maxLength: 4 }),
});
const cutPoints = fc.array(fraction, { maxLength: 12 });

const anyRequestWire = fc.oneof(requestWire, mutated(requestWire), mutated(requestWire), mutatedChunks('POST / HTTP/1.1'));
const anyResponseWire = fc.oneof(responseWire, mutated(responseWire), mutated(responseWire), mutatedChunks('HTTP/1.1 200 OK'));

const KINDS: readonly (readonly [kind: string, wire: fc.Arbitrary<string>, record: (wire: string, options: RecordOptions) => Recording<unknown>])[] =
  [
    ['requests', anyRequestWire, recordRequests],
    ['responses', anyResponseWire, recordResponses],
  ];
for (const [kind, wire, record] of KINDS) {
  test(`${kind}, right or wrong, give the same events, consumption and state however they are cut`, () => {
    const property = fc.property(wire, options, cutPoints, (text, options, fractions) => {
      const whole = record(text, options);
      const cuts = fractions.map((fraction) => Math.floor(fraction * text.length)).toSorted((a, b) => a - b);
      const octetByOctet = Array.from({ length: text.length }, (_, index) => index);

      assert.deepEqual(record(text, { ...options, cuts }), whole);
      assert.deepEqual(record(text, { ...options, cuts: octetByOctet }), whole);
    });
    fc.assert(property, fuzzParameters(600));
  });

  test(`${kind} give the same events to a caller who pauses after each message`, () => {
    const property = fc.property(wire, options, (text, options) => {
      assert.deepEqual(record(text, { ...options, pausing: true }), record(text, { ...options, pausing: false }));
    });
    fc.assert(property, fuzzParameters(300));
  });

  test(`${kind} lose no octet: heads and bodies in wire mode, put together, are what was sent`, () => {
    const property = fc.property(wire, (text) => {
      const { events, consumed } = record(text, { body: 'wire' });
      const told = events
        .map((event) => (event.type === 'head' || event.type === 'interim' ? event.wire : event.type === 'body' ? event.text : ''))
        .join('');
      assertSubsequenceWithoutEmptyLines(told, text.slice(0, consumed), events.at(-1)?.type === 'error' || record(text, {}).state === 'head');
    });
    fc.assert(property, fuzzParameters(300));
  });
}

test('requests come out as they were meant', () => {
  const property = fc.property(requestStream, (requests) => {
    const untilClose = requests.findIndex(({ line, headers }) => endsConnection(line, headers));
    const meant = untilClose < 0 ? requests : requests.slice(0, untilClose + 1);
    const { events } = recordRequests(meant.map(({ wire }) => wire).join(''), { body: 'payload' });
    assert.deepEqual(
      messagesIn(events, ({ method, target, version }) => `${method} ${target} HTTP/${version}`),
      meant.map(meaning),
    );
  });
  fc.assert(property, fuzzParameters(300));
});

test('responses come out as they were meant', () => {
  const property = fc.property(meantResponse, interimWire, (response, interim) => {
    const { events } = recordResponses(interim + response.wire, { body: 'payload', asked: ['GET'] });
    const [message] = messagesIn(events, ({ status, reason, version }) => `HTTP/${version} ${status} ${reason}`);
    const { line, ...rest } = meaning(response);
    assert.deepEqual(message, { line: line.replace(/ (\d{3})$/, ' $1 '), ...rest });
  });
  fc.assert(property, fuzzParameters(300));
});

interface Meaning {
  readonly line: string;
  readonly headers: readonly string[];
  readonly payload: string;
  readonly trailers: readonly string[];
}
const meaning = ({ line, headers, payload, trailers }: MeantMessage): Meaning => ({ line, headers, payload, trailers });

function messagesIn<Head extends { readonly headers: readonly string[] }>(
  events: readonly Recorded<Head>[],
  lineOf: (head: Omit<Head, 'wire'>) => string,
): readonly Meaning[] {
  const messages: { line: string; headers: readonly string[]; payload: string; trailers: readonly string[] }[] = [];
  for (const event of events) {
    const last = messages.at(-1);
    if (event.type === 'head') messages.push({ line: lineOf(event.head), headers: event.head.headers, payload: '', trailers: [] });
    else if (event.type === 'body' && last !== undefined) last.payload += event.text;
    else if (event.type === 'trailers' && last !== undefined) last.trailers = event.headers;
    else if (event.type === 'error') assert.fail(event.error.message);
  }
  return messages;
}

const endsConnection = (line: string, headers: readonly string[]): boolean => {
  const connection = headers.find((_, index) => index % 2 === 1 && /^connection$/i.test(headers[index - 1] ?? ''));
  return /close/.test(connection ?? '') || (line.endsWith('1.0') && !/keep-alive/i.test(connection ?? ''));
};

/** `told` is `taken` but for empty lines between messages and, where the last message failed in its head, that unfinished head. */
function assertSubsequenceWithoutEmptyLines(told: string, taken: string, mayHaveUntoldHead: boolean): void {
  let index = 0;
  for (const character of told) {
    while (character !== taken[index] && /[\r\n]/.test(taken[index] ?? 'x')) index++;
    assert.equal(character, taken[index], `octet ${index} was left out`);
    index++;
  }
  if (!mayHaveUntoldHead) assert.match(taken.slice(index), /^[\r\n]*$/);
}
