import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { isSpotproofError, type SpotproofError } from '@spotproof/core';
import { parseRequestsFile } from '../../src/load/requests-file.ts';

test('an entry needs only a path', () => {
  assert.deepEqual(parseRequestsFile('[{"path":"/"}]'), [
    { name: 'GET /', method: 'GET', path: '/', headers: {}, body: undefined, weight: 1, expect: {}, timeoutMs: 65_000 },
  ]);
});

test('an entry with a body is a POST unless it says otherwise', () => {
  const [text, put] = parseRequestsFile('[{"path":"/","body":"hello"},{"path":"/","method":"PUT","body":{"randomOctets":7}}]');

  assert.deepEqual([text?.method, text?.name, text?.body], ['POST', 'POST /', { kind: 'text', text: 'hello' }]);
  assert.deepEqual([put?.method, put?.body], ['PUT', { kind: 'random', octets: [7, 7] }]);
});

test('a JSON body brings its content type unless there is one', () => {
  const [plain, own] = parseRequestsFile(
    '[{"path":"/","body":{"json":{"a":[1]}}},{"path":"/","headers":{"Content-Type":"application/problem+json"},"body":{"json":null}}]',
  );

  assert.deepEqual([plain?.body, plain?.headers], [{ kind: 'text', text: '{"a":[1]}' }, { 'content-type': 'application/json' }]);
  assert.deepEqual([own?.body, own?.headers], [{ kind: 'text', text: 'null' }, { 'Content-Type': 'application/problem+json' }]);
});

test('the requests file of the mixed example is read as it is meant', () => {
  const specs = parseRequestsFile(readFileSync(new URL('../../../../examples/mixed/requests.json', import.meta.url), 'utf8'));

  assert.deepEqual(
    specs.map(({ name, method, weight }) => `${weight} ${method} ${name}`),
    ['60 GET fast', '15 GET medium', '5 GET slow', '10 POST upload', '5 POST slow upload', '5 GET stream'],
  );
  assert.deepEqual(specs[3]?.body, { kind: 'random', octets: [1000, 200_000] });
  assert.deepEqual(specs[4]?.body, { kind: 'chunks', count: [5, 15], octets: [200, 4000], gapMs: [50, 150] });
  assert.deepEqual(specs[4]?.expect, { status: 200, bodyHasSha1OfRequest: true });
});

test('a request that may be repeated says how often, and by default has no key and waits a little', () => {
  const [plain, keyed] = parseRequestsFile(
    '[{"path":"/","retry":{"times":3}},{"path":"/","retry":{"times":5,"idempotencyKey":true,"waitMs":[10,20]}}]',
  );

  assert.deepEqual(plain?.retry, { times: 3, idempotencyKey: false, waitMs: [100, 500] });
  assert.deepEqual(keyed?.retry, { times: 5, idempotencyKey: true, waitMs: [10, 20] });
});

test('the example in the documentation is a valid file', () => {
  const page = readFileSync(new URL('../../../../docs/reference/requests-file.md', import.meta.url), 'utf8');
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

  assert.equal(parseRequestsFile(example).length, 4);
});

// The file, where in it the fault is, and what the message must say of it.
const wrong: readonly (readonly [text: string, entry: number | null, field: string | null, message: RegExp])[] = [
  ['{"path":"/"}', null, null, /^load\.json: expected a list of requests, got \{"path":"\/"\}\. Put it in square brackets\./],
  ['[]', null, null, /expected a list of requests with 1 to 1000 entries, got \[\]/],
  ['[{"path":"/"},]', null, null, /expected JSON/],
  ['["/"]', 0, null, /entry 0: expected an object like/],
  ['[{"path":"/"},{}]', 1, 'path', /entry 1, path: expected a path that begins with "\/", got nothing\. Add one/],
  ['[{"path":"work"}]', 0, 'path', /Write "\/work"/],
  ['[{"path":"http://x.test/work"}]', 0, 'path', /Write "\/work"/],
  ['[{"path":"/a b"}]', 0, 'path', /Percent-encode/],
  ['[{"path":"/ü"}]', 0, 'path', /Percent-encode/],
  ['[{"path":"/a#b"}]', 0, 'path', /Percent-encode/],
  ['[{"path":"/{50..5}"}]', 0, 'path', /\{min\.\.max\}/],
  ['[{"path":"/","metod":"GET"}]', 0, 'metod', /expected one of the fields name, method,.* got "metod"\. Remove it or correct its name/],
  ['[{"path":"/","timeout":5}]', 0, 'timeout', /Write "timeoutMs" if that is meant/],
  ['[{"path":"/","__proto__":{}}]', 0, '__proto__', /one of the fields/],
  ['[{"path":"/","method":"get"}]', 0, 'method', /Write "GET"/],
  ['[{"path":"/","method":"CONNECT"}]', 0, 'method', /CONNECT/],
  ['[{"path":"/","name":""}]', 0, 'name', /1 to 200 characters/],
  ['[{"path":"/","headers":[]}]', 0, 'headers', /curly brackets/],
  ['[{"path":"/","headers":{"a b":"c"}}]', 0, 'headers.a b', /header name/],
  ['[{"path":"/","headers":{"a":"b\\r\\nc: d"}}]', 0, 'headers.a', /one line/],
  ['[{"path":"/","headers":{"a":1}}]', 0, 'headers.a', /expected a text, got 1/],
  ['[{"path":"/","headers":{"Content-Length":"3"}}]', 0, 'headers.Content-Length', /Remove it: it follows from the body/],
  ['[{"path":"/","headers":{"X-Spotproof-Request":"3"}}]', 0, 'headers.X-Spotproof-Request', /joins the records/],
  ['[{"path":"/","body":5}]', 0, 'body', /expected a text, or one of/],
  ['[{"path":"/","body":{}}]', 0, 'body', /exactly one of/],
  ['[{"path":"/","body":{"json":1,"randomOctets":2}}]', 0, 'body', /exactly one of/],
  ['[{"path":"/","body":{"randomOctets":[5,1]}}]', 0, 'body.randomOctets', /Write \[1, 5\]/],
  ['[{"path":"/","body":{"randomOctets":[1]}}]', 0, 'body.randomOctets', /range of two/],
  ['[{"path":"/","body":{"randomOctets":99999999999}}]', 0, 'body.randomOctets', /0 to 16777216/],
  ['[{"path":"/","body":{"chunks":{"count":2,"octets":3}}}]', 0, 'body.chunks.gapMs', /Add "gapMs"/],
  ['[{"path":"/","body":{"chunks":{"count":2,"octets":0,"gapMs":1}}}]', 0, 'body.chunks.octets', /from 1 to/],
  ['[{"path":"/","weight":0}]', 0, 'weight', /above 0/],
  ['[{"path":"/","weight":"5"}]', 0, 'weight', /without quotes/],
  ['[{"path":"/","timeoutMs":0}]', 0, 'timeoutMs', /from 1 to 600000, got 0/],
  ['[{"path":"/","expect":200}]', 0, 'expect', /\{ "status": 200 \}/],
  ['[{"path":"/","expect":{"status":99}}]', 0, 'expect.status', /200 to 599/],
  ['[{"path":"/","expect":{"status":[200,"204"]}}]', 0, 'expect.status.1', /whole number/],
  ['[{"path":"/","expect":{"bodyHasSha1OfRequest":"yes"}}]', 0, 'expect.bodyHasSha1OfRequest', /true or false/],
  ['[{"path":"/","retry":3}]', 0, 'retry', /"times": 5/],
  ['[{"path":"/","retry":{}}]', 0, 'retry.times', /Add it, such as "times": 5/],
  ['[{"path":"/","retry":{"times":21}}]', 0, 'retry.times', /from 1 to 20/],
  ['[{"path":"/","retry":{"times":1,"idempotencyKey":"a"}}]', 0, 'retry.idempotencyKey', /true or false/],
  ['[{"path":"/","headers":{"Idempotency-Key":"a"},"retry":{"times":1,"idempotencyKey":true}}]', 0, 'retry.idempotencyKey', /Remove one of the two/],
  ['[{"path":"/","sse":{},"retry":{"times":1}}]', 0, 'retry', /no "retry" beside "sse"/],
  ['[{"path":"/","method":"HEAD","expect":{"bodyEquals":"x"}}]', 0, 'expect.bodyEquals', /HEAD/],
];

for (const [text, entry, field, message] of wrong) {
  test(`${text} is refused with the place of the fault and a way out`, () => {
    const error = errorOf(text);

    assert.match(error.message, message);
    assert.deepEqual([error.details['entry'] ?? null, error.details['field'] ?? null], [entry, field]);
    for (const key of ['expected', 'got']) assert.equal(typeof error.details[key], 'string', key);
  });
}

test('whatever the JSON is, it is either understood or refused with a SPOTPROOF_CONFIG_INVALID', () => {
  const key = fc.constantFrom('path', 'method', 'headers', 'body', 'weight', 'expect', 'timeoutMs', 'name', 'status', 'chunks', 'json', 'count');
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>('/', 'GET', 5, 0, -1, null, true),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 3 }), (document) => {
      try {
        for (const spec of parseRequestsFile(JSON.stringify(document))) assert.ok(spec.path.startsWith('/'));
      } catch (error) {
        assert.ok(isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID'), String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});

function errorOf(text: string): SpotproofError {
  try {
    parseRequestsFile(text, 'load.json');
  } catch (error) {
    if (isSpotproofError(error, 'SPOTPROOF_CONFIG_INVALID')) return error;
    throw error;
  }
  throw new Error(`${text} was accepted.`);
}
