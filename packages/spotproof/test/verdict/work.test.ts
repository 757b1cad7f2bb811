import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveEvent } from '../../src/live/from-progress.ts';
import { verdictEvent } from '../../src/live/from-report.ts';
import { emptyLive, stepLive } from '../../src/live/state.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderText } from '../../src/report/text.ts';
import { judge, type Evidence } from '../../src/verdict/judge.ts';
import { parseWorkRecords } from '../../src/verdict/work/work-records.ts';
import type { EffectRecord, ExpectedRecord, WorkRecord } from '../../src/work/work-record.ts';
import { badGateway, calm, evidenceOf, START, type Exchange } from '../support/sample-run.ts';

test('work that was done once is clean, and repeats that a key absorbed are told', () => {
  const report = judge(evidenceWith([expected('order-1'), effect('order-1', { key: 'k' }), effect('order-1', { key: 'k', outcome: 'absorbed' })]));

  assert.deepEqual([report.verdict, report.exitCode], ['clean', 0]);
  assert.equal(
    report.summary,
    'None of 60 requests was lost while 1 of 3 tasks was taken back. The one piece of work was done once. 1 repeat was absorbed by its idempotency key.',
  );
});

test('work that was accepted and never done is lost, exits 1, and is named with who accepted it', () => {
  const report = judge(evidenceWith([expected('order-1', { at: 6000 }), expected('order-2'), effect('order-2')]));

  assert.deepEqual([report.verdict, report.exitCode, report.requests.lost], ['lost', 1, 0]);
  assert.match(report.summary, /taken back\. 1 of 2 pieces of work was lost \(order-1\)\.$/);
  assert.deepEqual(report.work?.pieces, [{ work: 'order-1', fate: 'lost', expectedAt: 6000, expectedBy: 'task-1', done: [] }]);
  assert.match(report.work?.fixes.join() ?? '', /--work-wait, 30 s/);
});

test('work that was done again is doubled, exits 1, and is named with each time and task', () => {
  const report = judge(evidenceWith([expected('order-1'), effect('order-1', { at: 6000 }), effect('order-1', { at: 9000, task: 'task-4' })]));

  assert.deepEqual([report.verdict, report.exitCode], ['lost', 1]);
  assert.match(report.summary, /1 of 1 piece of work was done more than once \(order-1\)\.$/);
  assert.deepEqual(report.work?.pieces[0]?.done, [
    { at: 6000, taskId: 'task-1', key: undefined },
    { at: 9000, taskId: 'task-4', key: undefined },
  ]);
  const text = renderText(report, { color: false, width: 100 });
  assert.match(text, /work +1 accepted · 1 done · 0 lost · 1 done more than once/);
  assert.match(text, /order-1: done at 4 s by task-1 and at 7 s by task-4/);
  assert.match(text, /fix {2}Send each effect under an idempotency key/);
});

test('attempts that each have a key of their own are told so', () => {
  const report = judge(evidenceWith([expected('order-1'), effect('order-1', { key: 'a' }), effect('order-1', { key: 'b' })]));

  assert.match(report.work?.fixes.join() ?? '', /Each attempt used a key of its own/);
});

test('work that nobody said to be accepted is reported, and no failure', () => {
  const report = judge(evidenceWith([effect('order-1')]));

  assert.equal(report.verdict, 'clean');
  assert.match(report.summary, /No work was said to be accepted\. 1 piece was done that nobody had said to be accepted\.$/);
});

test('lost requests and doubled work are both told', () => {
  const report = judge(evidenceWith([effect('order-1'), effect('order-1')], [...calm(), badGateway('target-refused')]));

  assert.match(report.summary, /^1 of 61 requests was lost.* 1 of 1 piece of work was done more than once \(order-1\)\./);
});

test('of many names the first five stand in the summary, and figures count all', () => {
  const records = Array.from({ length: 300 }, (_, index) => expected(`order-${index + 1}`));

  const { work, summary } = judge(evidenceWith(records));

  assert.match(summary, /300 of 300 pieces of work were lost \(order-1, order-2, order-3, order-4, order-5 and 295 more\)\./);
  assert.deepEqual([work?.lost, work?.pieces.length], [300, 200]);
});

test('a run whose sink heard nothing, did not finish, or wrote another number of lines than were read is void', () => {
  const silent = judge(evidenceWith([]));
  const torn = judge(evidenceWith([effect('a'), effect('b')], calm(), { records: 3 }));
  const unfinished = judge(evidenceWith([effect('a')], calm(), { records: undefined }));

  assert.deepEqual(
    [silent, torn, unfinished].map(({ verdict }) => verdict),
    ['void', 'void', 'void'],
  );
  assert.match(silent.summary, /No task told the sink of any work: post it to the address in SPOTPROOF_SINK/);
  assert.match(torn.summary, /3 records of work written, 2 read/);
  assert.match(unfinished.summary, /The sink did not finish/);
});

test('records of work survive the way through a file of lines, and a torn one is counted', () => {
  const records = [expected('a'), effect('a', { key: 'k' }), { ...effect('b'), task: undefined }];
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');

  assert.deepEqual(parseWorkRecords(text), { records, unreadableLines: 0 });
  assert.equal(parseWorkRecords(`${text}{"type":"effect","at":1,"work":"a"}\n{"type":"eff`).unreadableLines, 2);
});

test('the page shows the work and escapes its names', () => {
  const page = renderHtml(judge(evidenceWith([expected('<b>order</b>')])));

  assert.match(page, /data-fate="lost"/);
  assert.match(page, /&lt;b&gt;order/);
  assert.doesNotMatch(page.replace(/<script[\s\S]*<\/script>/, ''), /<b>order/);
});

test('the live page is told how the work stands, and hears of work done twice as it happens', () => {
  const figures = { expected: 3, done: 1, doubled: 0, unexpected: 0, absorbed: 2, refused: 0 };

  const [first, second] = [figures, { ...figures, doubled: 2 }].map((news, index) => liveEvent({ type: 'work', at: index, figures: news }, 0));

  assert.ok(first !== undefined && second !== undefined);
  const state = stepLive(stepLive(emptyLive(), first), second);
  assert.deepEqual(state.work, { type: 'work', at: 1, expected: 3, done: 1, doubled: 2, absorbed: 2 });
  assert.deepEqual(
    state.lines.map(({ who, text }) => `${who}: ${text}`),
    ['sink: done more than once: 2 pieces of work'],
  );
  const verdict = verdictEvent(judge(evidenceWith([expected('a'), effect('b'), effect('b')])), 0, undefined);
  assert.deepEqual(verdict.work, { expected: 1, lost: 1, doubled: 1 });
});

function evidenceWith(
  work: readonly WorkRecord[],
  exchanges: readonly Exchange[] = calm(),
  sink: { readonly records?: number | undefined } = { records: work.length },
): Evidence {
  const run = { work: { recordsPath: '/tmp/work.ndjson', records: sink.records, waitMs: 30_000, waitedMs: 0 } };
  return { ...evidenceOf(exchanges, { run }), work };
}

/** Times are counted from the start of the run. */
function expected(work: string, { at = 5500 } = {}): ExpectedRecord {
  return { type: 'expected', at: START + at, task: 'task-1', work };
}

function effect(
  work: string,
  parts: { readonly at?: number; readonly task?: string; readonly key?: string; readonly outcome?: EffectRecord['outcome'] } = {},
): EffectRecord {
  const { at = 6000, task = 'task-1', key, outcome = 'done' } = parts;
  return { type: 'effect', at: START + at, task, work, key, outcome };
}
