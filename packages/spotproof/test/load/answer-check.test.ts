import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnswerCheck, type Judgement } from '../../src/load/answer-check.ts';
import type { Expectation } from '../../src/load/request-spec.ts';

const sentBody = { chunked: true, pieces: [Buffer.from('one '), Buffer.from('two')], gapsMs: [0, 5] };
const sha1 = createHash('sha1').update('one two').digest('hex');

test('the judgement does not depend on how the body was cut into pieces', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 12 });
  fc.assert(
    fc.property(text, text, fc.array(fc.nat(12), { maxLength: 4 }), (body, wanted, cuts) => {
      for (const [expect, right] of [
        [{ bodyEquals: wanted }, body === wanted],
        [{ bodyContains: wanted }, body.includes(wanted)],
        [{ bodyEndsWith: wanted }, body.endsWith(wanted)],
      ] as const) {
        assert.equal(judge(expect, { body, cuts }).outcome, right ? 'answered' : 'wrong-body', JSON.stringify(expect));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('without an expectation any complete answer below 500 will do', () => {
  assert.deepEqual(
    [200, 301, 404, 499, 500, 503].map((status) => judge({}, { status }).outcome),
    ['answered', 'answered', 'answered', 'answered', 'bad-status', 'bad-status'],
  );
});

test('an expected status may be one, or one of several, and may be above 500', () => {
  assert.equal(judge({ status: 201 }, { status: 201 }).outcome, 'answered');
  assert.deepEqual(judge({ status: 201 }, { status: 200 }), { outcome: 'bad-status', detail: 'expected 201, got 200' });
  assert.equal(judge({ status: [200, 503] }, { status: 503 }).outcome, 'answered');
  assert.equal(judge({ status: [200, 503] }, { status: 502 }).detail, 'expected 200 or 503, got 502');
});

test('the SHA-1 of the whole request body must be in the answer', () => {
  assert.equal(judge({ bodyHasSha1OfRequest: true }, { body: `digest: ${sha1}\n`, cuts: [20, 30] }).outcome, 'answered');
  assert.equal(judge({ bodyHasSha1OfRequest: true }, { body: `digest: ${sha1.replace(/^./, 'x')}\n` }).outcome, 'wrong-body');
});

test('an expected empty body is not the same as no expectation', () => {
  assert.equal(judge({ bodyEquals: '' }, { body: '' }).outcome, 'answered');
  assert.equal(judge({ bodyEquals: '' }, { body: 'x' }).outcome, 'wrong-body');
});

test('a complaint shows what was expected and how the body ended', () => {
  assert.equal(
    judge({ bodyEndsWith: 'END\n' }, { body: 'line 1\nline 2\n' }).detail,
    'expected a body that ends with "END\\n", got 14 octets ending in "line 1\\nline 2\\n"',
  );
});

function judge(expect: Expectation, answer: { readonly status?: number; readonly body?: string; readonly cuts?: readonly number[] }): Judgement {
  const check = new AnswerCheck(expect);
  const reader = check.readsBody ? check.read(sentBody) : undefined;
  const octets = Buffer.from(answer.body ?? '');
  const cuts = [0, ...(answer.cuts ?? []).map((cut) => Math.min(cut, octets.length)).toSorted((a, b) => a - b), octets.length];
  for (let index = 1; index < cuts.length; index++) {
    // As the generator does it: a view whose memory is used again.
    const view = Buffer.from(octets.subarray(cuts[index - 1], cuts[index]));
    reader?.take(view);
    view.fill('#');
  }
  return check.judge(answer.status ?? 200, reader);
}
